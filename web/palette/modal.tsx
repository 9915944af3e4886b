// A dialog before the page: it has the focus and the keys, and gives the focus back where it was.
import { useLayoutEffect, useRef, type ReactNode, type RefObject } from "react";
import { nameOf } from "../keys.js";

export function Modal({
  dialog,
  label,
  className,
  toggledBy,
  closed,
  children,
}: {
  /** Closed by its `close()`, after which the focus is where it was. */
  dialog: RefObject<HTMLDialogElement | null>;
  label: string;
  className: string;
  /** The key that opens it closes it, too. */
  toggledBy: string;
  closed(): void;
  children: ReactNode;
}) {
  const restoreCaret = useRef(() => {});
  useLayoutEffect(() => {
    const shown = dialog.current;
    restoreCaret.current = caretNow();
    shown?.showModal();
    return () => shown?.close();
  }, [dialog]);
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      className={className}
      // It is taken out of the page only now: the browser gives the focus back while it still stands there.
      onClose={() => {
        if (dialog.current?.open === true) return;
        closed();
        restoreCaret.current();
      }}
      onClick={({ target }) => {
        // What is not in it is the backdrop.
        if (target === dialog.current) dialog.current?.close();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" && nameOf(event) !== toggledBy) return;
        event.preventDefault();
        dialog.current?.close();
      }}
    >
      {children}
    </dialog>
  );
}

/**
 * Chromium gives the focus back to a field without its caret: what is typed would be lost.
 * @returns puts it where it stands now, if the same field has the focus then.
 */
function caretNow(): () => void {
  const field = document.activeElement;
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return () => undefined;
  const { selectionStart, selectionEnd } = field;
  return () => {
    // Null where a field has no caret, as one of dates.
    if (document.activeElement === field && selectionStart !== null)
      field.setSelectionRange(selectionStart, selectionEnd);
  };
}
