import { isMac } from "../react/is-mac.js";

const signs: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Backspace: "⌫",
  Enter: "⏎",
};

const onMac: Readonly<Record<string, string>> = { Ctrl: "⌘", Alt: "⌥" };

/** The keys to press, as they are written on them. */
export function Keycaps({ of }: { of: string }) {
  const isChord = of.startsWith("Ctrl ");
  return of.split(" ").map((key) => {
    const sign = signs[key] ?? (isChord && key.length === 1 ? key.toUpperCase() : key);
    return <kbd key={key}>{isMac() ? (onMac[key] ?? sign) : sign}</kbd>;
  });
}
