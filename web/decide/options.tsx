/** A short list under number keys; whoever shows it hears the keys, since a field may have to be empty for them. */
export function Options({
  label,
  options,
  chosen,
  choose,
}: {
  label: string;
  options: readonly string[];
  chosen: string | null;
  choose(option: string): void;
}) {
  if (options.length === 0) return null;
  return (
    <ol className="options" aria-label={label}>
      {options.slice(0, 9).map((option, index) => (
        <li key={option}>
          <button
            type="button"
            className={option === chosen ? "option chosen" : "option"}
            aria-pressed={option === chosen}
            aria-keyshortcuts={String(index + 1)}
            onClick={() => choose(option)}
          >
            <kbd>{index + 1}</kbd> {option}
          </button>
        </li>
      ))}
    </ol>
  );
}

interface Typed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The option that a key stands for. */
export function optionAt(
  options: readonly string[],
  { key, ctrlKey, metaKey, altKey }: Typed,
): string | undefined {
  return ctrlKey || metaKey || altKey || !/^[1-9]$/.test(key) ? undefined : options[Number(key) - 1];
}
