// At which hours it may be used: days, two times, and the zone whose clocks show them.
import { useId } from "react";
import { officeHours, week, type Day, type DraftHours } from "./draft.js";

export function HoursFields({
  hours,
  change,
}: {
  /** Null: at any time. */
  hours: DraftHours | null;
  change(hours: DraftHours | null): void;
}) {
  const id = useId();
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
      {hours && (
        <fieldset>
          <legend className="sr">At these hours</legend>
          {week.map((day) => (
            <label key={day}>
              <input
                type="checkbox"
                checked={hours.days.includes(day)}
                onChange={({ target }) =>
                  change({ ...hours, days: withDay(hours.days, day, target.checked) })
                }
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
        </fieldset>
      )}
    </>
  );
}

/** In the order of the week, whichever was ticked first. */
function withDay(days: readonly Day[], changed: Day, isIn: boolean): Day[] {
  return week.filter((day) => (day === changed ? isIn : days.includes(day)));
}
