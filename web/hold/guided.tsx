// What a rule says of how such cases are decided.
import type { PolicyInForce } from "../api.js";

type Guideline = NonNullable<PolicyInForce["rules"][number]["guideline"]>;

export function Guided({ guideline: { text, link } }: { guideline: Guideline }) {
  return (
    <p className="guideline">
      {text}{" "}
      {link !== null && (
        <a href={link} target="_blank" rel="noreferrer">
          {text === null ? "How such cases are decided" : "More"} at {new URL(link).host}
        </a>
      )}
    </p>
  );
}
