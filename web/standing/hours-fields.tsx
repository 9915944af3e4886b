// At which hours it may be used: those of a calendar of the policy; or days, two times, and the zone whose clocks show them.
import { useId } from "react";
import { api } from "../api.js";
import { useFresh } from "../use-fresh.js";
import { visible } from "../../react/text.js";
import { officeHours, week, type Day, type Draft, type DraftHours } from "./draft.js";

export function HoursFields({
  agent,
  hours,
  change,
}: {
  agent: string;
  /** Null: at any time. */
  hours: Draft["hours"];
  change(hours: Draft["hours"]): void;
}) {
  return (
    <>
      <label>
        <input
          type="checkbox"
          checked={hours !== null}
          onChange={({ target }) => change(target.checked ? officeHours() : null)}
        />{" "}
        Only at some hours
      </label>
      {hours !== null && (
        <fieldset>
          <legend className="sr">At these hours</legend>
          <CalendarField
            agent={agent}
            chosen={typeof hours === "string" ? hours : null}
            change={(name) => change(name ?? officeHours())}
          />
          {typeof hours === "object" && <OwnHours hours={hours} change={change} />}
        </fieldset>
      )}
    </>
  );
}

/** Nothing where the policy has no calendar. */
function CalendarField({
  agent,
  chosen,
  change,
}: {
  agent: string;
  chosen: string | null;
  change(name: string | null): void;
}) {
  const { seen } = useFresh("policies", api.policies);
  const calendars = seen?.items.find((policy) => policy.agent === agent)?.calendars ?? [];
  const id = useId();
  if (calendars.length === 0) return null;
  return (
    <p>
      <label htmlFor={id}>Calendar of the policy</label>
      <select
        id={id}
        value={chosen ?? ""}
        onChange={({ target }) => change(target.value === "" ? null : target.value)}
      >
        <option value="">none: the hours below</option>
        {calendars.map(({ name, open }) => (
          <option key={name} value={name}>
            {visible(`${name}: ${open}`)}
          </option>
        ))}
      </select>
    </p>
  );
}

function OwnHours({ hours, change }: { hours: DraftHours; change(hours: DraftHours): void }) {
  const id = useId();
  return (
    <>
      {week.map((day) => (
        <label key={day}>
          <input
            type="checkbox"
            checked={hours.days.includes(day)}
            onChange={({ target }) => change({ ...hours, days: withDay(hours.days, day, target.checked) })}
          />{" "}
          {day}
        </label>
      ))}
      <div className="pair">
        <p>
          <label htmlFor={`${id}-from`}>From</label>
          <input
            id={`${id}-from`}
            type="time"
            required
            value={hours.from}
            onChange={({ target }) => change({ ...hours, from: target.value })}
          />
        </p>
        <p>
          <label htmlFor={`${id}-to`}>To</label>
          <input
            id={`${id}-to`}
            type="time"
            required
            value={hours.to}
            onChange={({ target }) => change({ ...hours, to: target.value })}
          />
        </p>
      </div>
      <label htmlFor={`${id}-zone`}>By the clocks of</label>
      <input
        id={`${id}-zone`}
        required
        spellCheck={false}
        value={hours.zone}
        onChange={({ target }) => change({ ...hours, zone: target.value })}
      />
    </>
  );
}

/** In the order of the week, whichever was ticked first. */
function withDay(days: readonly Day[], changed: Day, isIn: boolean): Day[] {
  return week.filter((day) => (day === changed ? isIn : days.includes(day)));
}
