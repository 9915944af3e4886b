// What a stop holds, as the statements ask that claim calls and take runs.

/** SQL expressions of what may be held. `tool`: left out, it is a run that is asked about. */
export interface Stoppable {
  tenant: string;
  agent: string;
  tool?: string;
}

/** A query: the stops that hold it now. */
export function stopsOf(held: Stoppable): string {
  return `select s.* from holdpoint.stops s where s.lifted_at is null and ${covers(held)}`;
}

export function isStopped(held: Stoppable): string {
  return `exists (${stopsOf(held)})`;
}

/** When the last of the stops that held it was lifted; null: none ever did. */
export function lastLifted(held: Stoppable): string {
  return `(select max(s.lifted_at) from holdpoint.stops s where ${covers(held)})`;
}

/** It was released, and a stop keeps it from running: nobody need be told before that is lifted. */
export function waitsForLift(r: string): string {
  return `(${r}.status = 'decided' and exists (select from holdpoint.decisions d
      where d.review_id = ${r}.review_id and d.undone_at is null and d.type in ('approve', 'edit', 'retry'))
    and ${isStopped(ofReview(r))})`;
}

export function ofReview(r: string): Stoppable {
  return { tenant: `${r}.tenant_id`, agent: `${r}.graph_id`, tool: `${r}.tool` };
}

function covers({ tenant, agent, tool }: Stoppable): string {
  const ofTool = tool === undefined ? "" : ` or (s.kind = 'tool' and s.name = ${tool})`;
  return `(s.kind = 'all' or (s.tenant_id = ${tenant}
    and (s.kind = 'tenant' or (s.kind = 'agent' and s.name = ${agent})${ofTool})))`;
}
