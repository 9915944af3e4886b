import { useId, type ReactNode } from "react";
import { visible } from "../text.js";
import type { Field } from "./fields.js";

export function ArgumentFields({ fields }: { fields: readonly Field[] }): ReactNode {
  return fields.map((field, index) => <ArgumentField key={field.name} field={field} isFirst={index === 0} />);
}

function ArgumentField({ field, isFirst }: { field: Field; isFirst: boolean }): ReactNode {
  const id = useId();
  const { name, label, help, isRequired } = field;
  const helpId = help === undefined ? undefined : `${id}-help`;
  const common = { id, name, "aria-describedby": helpId, autoFocus: isFirst };
  return (
    <div className={field.kind === "yes-no" ? "hp-input hp-inline" : "hp-input"}>
      <label htmlFor={id}>
        <bdi>{visible(label)}</bdi>
        {!isRequired && field.kind !== "yes-no" && <span className="hp-quiet"> (optional)</span>}
      </label>
      {control()}
      {help !== undefined && (
        <p id={helpId} className="hp-quiet">
          {help}
        </p>
      )}
    </div>
  );

  function control(): ReactNode {
    switch (field.kind) {
      case "text":
        return field.isLong ? (
          <textarea {...common} defaultValue={field.value} required={isRequired} rows={6} />
        ) : (
          <input {...common} defaultValue={field.value} required={isRequired} maxLength={field.maxLength} />
        );
      case "number":
        return (
          <input
            {...common}
            type="number"
            step="any"
            inputMode="decimal"
            min={field.min}
            max={field.max}
            defaultValue={field.value}
            required={isRequired}
          />
        );
      case "yes-no":
        return <input {...common} type="checkbox" defaultChecked={field.value} />;
      case "choice":
        return (
          <select {...common} defaultValue={field.value} required={isRequired}>
            {field.options.map((option) => (
              <option key={option}>{option}</option>
            ))}
          </select>
        );
      case "json":
        return (
          <textarea
            {...common}
            className="hp-code"
            defaultValue={field.value}
            required={isRequired}
            rows={4}
          />
        );
    }
  }
}
