import { Foreign } from "../../react/text.js";

/** One under the other, each with a dot. */
export function Texts({ of }: { of: readonly string[] }) {
  return (
    <ul className="texts">
      {of.map((text, index) => (
        <li key={index}>
          <Foreign text={text} />
        </li>
      ))}
    </ul>
  );
}
