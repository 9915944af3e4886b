const signs: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Backspace: "⌫",
};

/** The keys to press, as they are written on them. */
export function Keycaps({ of }: { of: string }) {
  const isChord = of.startsWith("Ctrl ");
  return of.split(" ").map((key) => {
    const sign = signs[key] ?? (isChord && key.length === 1 ? key.toUpperCase() : key);
    return <kbd key={key}>{key === "Ctrl" && isMac() ? "⌘" : sign}</kbd>;
  });
}

function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
