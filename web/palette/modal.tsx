// A dialog before the page: it has the focus and the keys, and gives the focus back where it was.
import { useLayoutEffect, useRef, type ReactNode, type RefObject } from "react";
import { nameOf } from "../keys.js";

export interface Dialog {
  shown: RefObject<HTMLDialogElement | null>;
  /** After it the focus is where it was, and the page has its keys again. */
  close(): void;
}

export function useDialog(closed: () => void): Dialog {
  const shown = useRef<HTMLDialogElement>(null);
  const restoreCaret = useRef(() => {});
  useLayoutEffect(() => {
    const dialog = shown.current;
    restoreCaret.current = caretNow();
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return {
    shown,
    close() {
      if (!shown.current) return;
      shown.current.close();
      restoreCaret.current();
      // Now, and not with the event of it, which comes a frame later: a key between them would open what is still open.
      closed();
    },
  };
}

export function Modal({
  dialog: { shown, close },
  label,
  className,
  toggledBy,
  children,
}: {
  dialog: Dialog;
  label: string;
  className: string;
  /** The key that opens it closes it, too. */
  toggledBy: string;
  children: ReactNode;
}) {
  return (
    <dialog
      ref={shown}
      aria-label={label}
      className={className}
      // The browser closes it by itself where somebody goes back on a phone.
      onClose={() => {
        if (shown.current?.open === false) close();
      }}
      onClick={({ target }) => {
        // What is not in it is the backdrop.
        if (target === shown.current) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" && nameOf(event) !== toggledBy) return;
        event.preventDefault();
        close();
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
