// The one client of all servers: runs of the graph `constant`, so many at the same time. `fetch` keeps its connections.
export interface Load {
  requestsPerSecond: number;
  latenciesMs: number[];
}

/** `count` runs, each in a thread of its own that was made beforehand, dealt out to the servers in turn. */
export async function load(urls: readonly string[], count: number, inFlight: number): Promise<Load> {
  const jobs: Job[] = [];
  await each(inFlight, count, async (index) => {
    const url = urls[index % urls.length] as string;
    const { thread_id: threadId } = await post<{ thread_id: string }>(`${url}/threads`, {});
    jobs.push({ url, threadId });
  });
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  await each(inFlight, count, async (index) => {
    const sentAt = performance.now();
    await run(jobs[index] as Job);
    latenciesMs.push(performance.now() - sentAt);
  });
  return { requestsPerSecond: (count * 1000) / (performance.now() - startedAt), latenciesMs };
}

interface Job {
  url: string;
  threadId: string;
}

async function run({ url, threadId }: Job): Promise<void> {
  const body = { assistant_id: "constant", input: {} };
  const { answer } = await post<{ answer?: string }>(`${url}/threads/${threadId}/runs/wait`, body);
  if (answer !== "forty-two") throw new Error(`${url} answered ${answer}.`);
}

export async function post<Answer>(url: string, body: object): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}

/** The indexes up to `count`, `inFlight` of them at the same time. */
export async function each(
  inFlight: number,
  count: number,
  job: (index: number) => Promise<void>,
): Promise<void> {
  const indexes = Array.from({ length: count }).keys();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (const index of indexes) await job(index);
    }),
  );
}
