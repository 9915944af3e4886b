import type { QueueFilter, ReviewTally } from "../api.js";
import { levels } from "../words.js";

export function Filters({
  tally,
  filter,
  change,
}: {
  tally: ReviewTally | null;
  filter: QueueFilter;
  change(filter: QueueFilter): void;
}) {
  const inUse = Object.values(filter).some((value) => value !== null);
  return (
    <div className="filters">
      <Choice
        label="Risk"
        value={filter.level}
        options={levels.filter((level) => tally?.byLevel[level])}
        counts={tally?.byLevel}
        choose={(level) => change({ ...filter, level })}
      />
      <Choice
        label="Tool"
        value={filter.tool}
        options={Object.keys(tally?.byTool ?? {}).toSorted((a, b) => a.localeCompare(b))}
        counts={tally?.byTool}
        choose={(tool) => change({ ...filter, tool })}
      />
      <Choice
        label="Tier"
        value={filter.tier}
        options={Object.keys(tally?.byTier ?? {}).toSorted((a, b) => a.localeCompare(b))}
        counts={tally?.byTier}
        choose={(tier) => change({ ...filter, tier })}
      />
      {inUse && (
        <button
          type="button"
          className="link"
          onClick={() => change({ level: null, tool: null, tier: null })}
        >
          Show all
        </button>
      )}
    </div>
  );
}

function Choice({
  label,
  value,
  options,
  counts,
  choose,
}: {
  label: string;
  value: string | null;
  options: readonly string[];
  counts: Record<string, number> | undefined;
  choose(value: string | null): void;
}) {
  const shown = value !== null && !options.includes(value) ? [value, ...options] : options;
  return (
    <label className={value === null ? "choice" : "choice in-use"}>
      <span className="sr">{label}</span>
      <select
        value={value ?? ""}
        onChange={({ target }) => choose(target.value === "" ? null : target.value)}
      >
        <option value="">{label}</option>
        {shown.map((option) => (
          <option key={option} value={option}>
            {option} ({counts?.[option] ?? 0})
          </option>
        ))}
      </select>
    </label>
  );
}
