// npm run screenshots -- FOLDER [--webp]: the workspace as people see it, each screen in light, in dark and on a phone, as
// PNG, or small for the documentation.
// A server of its own on an embedded database, with the support desk of the examples and a believable day in it.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { supportAgent } from "../dist/examples/support/agent.js";
import { openDesk } from "../dist/examples/support/desk.js";
import { createAccess } from "../dist/src/access/access.js";
import { newKey } from "../dist/src/access/keys.js";
import { loadAccess } from "../dist/src/access/load-access.js";
import { accessGate } from "../dist/src/http/gate.js";
import { OutcomeUnknownError, scriptedModel } from "../dist/src/index.js";
import { listen } from "../dist/src/http/listen.js";
import { createRuntime } from "../dist/src/runtime.js";
import { openBrowser } from "../dist/test/support/browser.js";
import { decideMany } from "../dist/test/support/decided-calls.js";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { webp: { type: "boolean" } } });
const [folder = "screenshots"] = positionals;
const desk = { width: 1440, height: 900 };
const looks = [
  { name: "light", colorScheme: "light", viewport: desk },
  { name: "dark", colorScheme: "dark", viewport: desk },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
];
const tenant = "default";
const people = Object.fromEntries(
  ["amara", "jonas", "lena"].map((name) => [
    name,
    { id: `key:${name}`, kind: "person", roles: ["support", "lead", "risk", "operator"], tenant },
  ]),
);
const customer = { id: "chat", kind: "service", roles: [], tenant };

const { key, sha256 } = newKey();
const access = createAccess(
  loadAccess(
    `keys:\n  - { id: amara, kind: person, roles: [support, lead, risk, operator], sha256: ${sha256} }\n`,
    "access.yaml",
  ),
  { now: () => new Date(), cooldownMs: 0 },
);

const home = await mkdtemp(join(tmpdir(), "holdpoint-screenshots-"));
const support = await supportAgent({}, busyDesk());
const agent = {
  ...support,
  model: planning(support.model),
  builtIns: [...support.builtIns, "propose_plan"],
  policy: support.policy.replace("{ roles: [risk] }", "{ roles: [risk], quorum: 2 }"),
};
const runtime = await createRuntime({ agents: [agent], database: { home } });
const port = await listen(runtime, { gate: accessGate(() => access) });
const browser = await openBrowser();
try {
  await mkdir(folder, { recursive: true });
  for (const look of looks) await shootFirst(look);
  const day = await aDay();
  for (const look of looks) await shoot(day, look);
  await decideAll();
  for (const look of looks) await shootEmpty(look);
  await aMonth();
  for (const look of looks) await shootWhatIf(look);
} finally {
  await browser.close();
  await port.close();
  await runtime.stop();
  await rm(home, { recursive: true, force: true });
}

/** Every screen in one look. */
async function shoot(day, { name, ...look }) {
  const page = await openPage(look);
  const shot = (screen) => keep(page, `${screen}-${name}`);
  await shot("sign-in");
  await signIn(page);
  const visit = async (path, there) => {
    await page.goto(`${port.url}${path}`);
    await page.locator(there).first().waitFor();
  };
  const hold = async (id) => {
    await visit(`/review/${id}`, "#hold-title");
    await page.locator("#talk-title").waitFor({ state: "attached" });
  };
  if (name === "phone") {
    await visit("/review", ".row");
    await shot("list");
  }
  await hold(day.refund);
  await shot("queue");
  await page.keyboard.press("e");
  await page.getByLabel(/^amount/).fill("210");
  await page.getByText("It will then be").waitFor();
  await page.locator(".leads-to").scrollIntoViewIfNeeded();
  await shot("edit");
  await page.keyboard.press("Escape");
  await hold(day.small);
  await page.keyboard.press("s");
  await page.locator("tbody tr").first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("tr.detail").waitFor();
  await shot("batch");
  await visit("/review/board", ".card");
  await shot("board");
  await visit(`/review/threads/${day.thread}`, ".turn");
  await shot("conversation");
  await hold(day.letter);
  await page.keyboard.press("w");
  await shot("draft");
  await hold(day.question);
  await page.keyboard.press("2");
  await page.locator(".options .picked").waitFor();
  await shot("ask");
  await page.keyboard.press("2");
  await hold(day.handover);
  await shot("hand-over");
  await hold(day.plan);
  await page.locator("ol.plan > li").nth(2).waitFor();
  await shot("plan");
  await hold(day.large);
  await page.getByText("1 of 2 has approved.").waitFor();
  await page.locator(".votes").scrollIntoViewIfNeeded();
  await shot("votes");
  await hold(day.settle);
  await shot("settle");
  await visit("/review/policy", ".tiers");
  await shot("policy");
  await visit("/review/standing", ".standing li");
  await shot("standing");
  await hold(day.letter);
  await page.keyboard.press("/");
  await page.getByRole("dialog", { name: "Commands" }).waitFor();
  await shot("palette");
  const stop = await runtime.stops.set(people.jonas, {
    kind: "tool",
    name: "issue_refund",
    why: "The bank has paid two refunds twice since noon. They look into it.",
  });
  await hold(day.refund);
  await page.getByRole("status", { name: "What is stopped" }).waitFor();
  await shot("stops");
  await runtime.stops.lift(people.jonas, stop.id, "The bank has put it right.");
  await page.context().close();
}

async function shootFirst({ name, ...look }) {
  const page = await openPage(look);
  await signIn(page);
  await page.locator(".first-run:visible").waitFor();
  await keep(page, `first-run-${name}`);
  await page.context().close();
}

async function shootEmpty({ name, ...look }) {
  const page = await openPage(look);
  await signIn(page);
  await page.getByText("Nothing waits for you.").waitFor();
  await keep(page, `empty-${name}`);
  await page.context().close();
}

/** What another threshold would mean, a little below the one in force. */
async function shootWhatIf({ name, ...look }) {
  const page = await openPage(look);
  await signIn(page);
  await page.goto(`${port.url}/review/policy`);
  await page.getByRole("link", { name: /^What if/ }).click();
  await page.getByRole("slider").focus();
  for (let step = 0; step < 12; step += 1) await page.keyboard.press("ArrowLeft");
  await page.locator(".what-if .cases li").first().waitFor();
  await page.locator("#kinds-title").evaluate((title) => title.scrollIntoView());
  await keep(page, `what-if-${name}`);
  await page.context().close();
}

async function keep(page, name) {
  const png = await page.screenshot();
  if (!values.webp) return writeFile(join(folder, `${name}.png`), png);
  // A browser can write WebP; where it does, nothing else has to be installed.
  const blank = await browser.newPage();
  const webp = await blank.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      canvas.getContext("2d").drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", 0.85);
    },
    `data:image/png;base64,${png.toString("base64")}`,
  );
  await blank.close();
  return writeFile(join(folder, `${name}.webp`), Buffer.from(webp.split(",")[1], "base64"));
}

async function openPage(look) {
  const context = await browser.newContext({ ...look, reducedMotion: "reduce", locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(`${port.url}/review`);
  await page.getByLabel("Your key or token").waitFor();
  return page;
}

async function signIn(page) {
  await page.getByLabel("Your key or token").fill(key);
  await page.keyboard.press("Enter");
  await page.getByText("key:amara").first().waitFor({ state: "attached" });
}

/** The example's model, which also puts a plan before people where somebody wants several things at once. */
function planning(model) {
  const planner = scriptedModel("planner", () => ({
    text: "That is three things, and two of them wait for a person. I put all of them before one.",
    calls: [
      {
        tool: "propose_plan",
        args: {
          why: "She wants one answer to all of it, and has written twice.",
          steps: [
            { tool: "look_up_order", args: { orderId: "8873" }, why: "To see what came." },
            {
              tool: "issue_refund",
              args: { orderId: "8873", amount: 64.5, currency: "EUR" },
              why: "One lamp of two came broken.",
            },
            {
              tool: "delete_account",
              args: { customerId: "c-53" },
              why: "She asks for it, after the refund.",
            },
          ],
        },
      },
    ],
  }));
  const wants = ({ messages }) =>
    messages.at(-1)?.getType() === "human" && messages.at(-1).text.includes("All of it at once");
  return {
    ...model,
    invoke: (request) => (wants(request) ? planner : model).invoke(request),
    stream: (request) => (wants(request) ? planner : model).stream(request),
  };
}

function busyDesk() {
  const desk = openDesk();
  // One mail of the day goes out into silence.
  desk.outbox.push = function (mail) {
    if (mail.subject.includes("8874"))
      throw new OutcomeUnknownError("The mail server broke the connection off after it had the message.");
    return Array.prototype.push.call(this, mail);
  };
  const names = [
    "Ines Ferreira",
    "Tomasz Zielinski",
    "Aiko Mori",
    "Paul Okafor",
    "Sofia Marino",
    "Erik Dahl",
  ];
  for (let n = 0; n < 40; n += 1) {
    const id = String(8850 + n);
    const name = names[n % names.length];
    desk.orders.set(id, {
      id,
      status: "delivered",
      total: 2_000,
      currency: "EUR",
      customer: { id: `c-${30 + n}`, name, email: `${name.split(" ")[0].toLowerCase()}@example.com` },
    });
  }
  return desk;
}

/** What was decided today, and what waits now; by what the screens are about. */
async function aDay() {
  const decided = [
    ["Two plates came broken. Please refund 38.50 EUR for order 8850.", "approve", "Photo seen.", "jonas"],
    ["I sent the coat back last week, refund 129 EUR for order 8851 please.", "approve", null, "lena"],
    [
      "Refund 64 EUR for order 8852, it never arrived.",
      "reject",
      "The carrier has her signature; ask for the photo.",
      "jonas",
    ],
    ["You charged me twice! Refund 24.90 EUR for order 8853.", "approve", "Charged twice, indeed.", "lena"],
    ["Please e-mail the customer of order 8854.", "approve", null, "amara"],
    ["The zip is torn, refund 80 EUR for order 8855.", { amount: 40 }, "Half, as agreed with her.", "jonas"],
    ["Refund 19 EUR for order 8856, the mug is cracked.", "approve", null, "lena"],
  ];
  for (const [index, [words, how, reason, who]] of decided.entries()) {
    const { id, threadId } = await held(words);
    await decide(id, how, reason, people[who]);
    await runtime.waitForThread(tenant, threadId);
    await happened(id, 200 - index * 23);
  }
  const small = [42, 27.5, 35, 58, 31, 49, 38].map((amount, n) => [
    `My parcel came open and something is missing, please refund ${amount} EUR for order ${8860 + n}.`,
    14 - n,
  ]);
  const ids = [];
  for (const [words, minutes] of small) {
    const { id } = await held(words);
    await happened(id, minutes);
    ids.push(id);
  }
  const wait = async (minutes, ...words) => {
    const one = await held(...words);
    await happened(one.id, minutes);
    return one;
  };
  const refund = await wait(
    26,
    "Hello, where is order 8841? I ordered three things, and only two came.",
    "I have waited long enough. Please refund 420 EUR for order 8841.",
  );
  const large = await wait(
    41,
    "Refund 1840 EUR for order 8870: the sofa came in the wrong colour, and I had it picked up again.",
  );
  await decide(large.id, "approve", "The forwarder has the sofa; I saw the note.", people.jonas);
  await wait(33, "Please delete account c-36, I do not want to be your customer any more.");
  const letter = await wait(19, "Can you e-mail the customer of order 8842 that it comes tomorrow?");
  const question = await wait(
    12,
    "The voucher was for the old shop. Ask a person whether it still counts for order 8872.",
  );
  const handover = await wait(7, "This is my fourth message. I want to speak to a person, now.");

  const plan = await wait(
    9,
    "One lamp of order 8873 came broken. I want the 64.50 EUR for it back, and my account c-53 deleted. All of it at once, please.",
  );
  const lost = await held("Please e-mail the customer of order 8874 that it is on its way.");
  await decide(lost.id, "approve", null, people.jonas);
  await runtime.waitForThread(tenant, lost.threadId);
  const settle = (await runtime.reviews.list(tenant, { threadId: lost.threadId, status: "open", limit: 1 }))
    .items[0];
  await happened(settle.id, 3);

  await runtime.standing.make(people.lena, {
    tool: "issue_refund",
    when: "args.amount <= 20.0",
    maxAmount: 400,
    maxCount: 40,
    until: new Date(Date.now() + 3 * 24 * 3_600_000),
    reason: "Small refunds of this week, while the mugs of the last delivery come broken.",
  });

  // One conversation with a decision in it, that goes on.
  const thread = await held(
    "where is order 8841?",
    "Then refund 60 EUR for order 8841, for the one that is missing.",
  );
  await decide(thread.id, "approve", "One of three is missing, and she waited.", people.lena);
  await runtime.waitForThread(tenant, thread.threadId);
  await happened(thread.id, 55);
  const again = await said(thread.threadId, "Thank you! Please delete account c-17 now, I move abroad.");
  await happened(again, 4);
  await runtime.submit({
    principal: customer,
    threadId: thread.threadId,
    graphId: "support",
    input: { messages: [{ role: "user", content: "Is it done?" }] },
  });
  return {
    small: ids.at(-1),
    refund: refund.id,
    letter: letter.id,
    question: question.id,
    handover: handover.id,
    large: large.id,
    plan: plan.id,
    settle: settle.id,
    thread: thread.threadId,
  };
}

/** A conversation whose last words have something held. */
async function held(...words) {
  const threadId = crypto.randomUUID();
  let id;
  for (const text of words) id = await said(threadId, text);
  return { id, threadId };
}

async function said(threadId, text) {
  const input = { messages: [{ role: "user", content: text }] };
  const run = await runtime.submit({ principal: customer, threadId, graphId: "support", input });
  await runtime.waitForRun(tenant, run);
  const { items } = await runtime.reviews.list(tenant, { threadId, status: "open", limit: 1 });
  return items[0]?.id;
}

async function decide(id, how, reason, by) {
  await finish(id, by);
  const { argsHash, args } = await runtime.reviews.find(tenant, id);
  const answer = typeof how === "string" ? { type: how } : { type: "edit", args: { ...args, ...how } };
  const decided = await runtime.decide(by, id, { ...answer, argsHash, ...(reason ? { reason } : {}) });
  if (!decided.ok) throw decided.error;
}

/** Its words, where it has some: nothing of them may be open. */
async function finish(id, by) {
  const { draft } = await runtime.reviews.find(tenant, id);
  for (const { id: blockId, kind, revision, isOpen } of draft?.blocks ?? []) {
    if (!isOpen) continue;
    const change =
      kind === "placeholder"
        ? { type: "write", text: "Your parcel is with the carrier, who will call you." }
        : { type: "accept" };
    const made = await runtime.drafting.change(by, id, { blockId, revision }, change);
    if (!made.ok) throw made.error;
  }
}

/** So many minutes ago, and what was decided on it soon after: as the owner, for who else may say so. */
async function happened(id, minutes) {
  const then = (column, part = "1") => `${column} = ${column} - make_interval(mins => $2::int) * ${part}`;
  for (const text of [
    `update holdpoint.threads set ${then("created_at")} where thread_id = (select thread_id from holdpoint.reviews where review_id = $1)`,
    `update holdpoint.executions set ${then("started_at", "0.9")}, ${then("settled_at", "0.9")} where review_id = $1`,
    `update holdpoint.decisions set ${then("decided_at", "0.9")} where review_id = $1`,
    `update holdpoint.reviews set ${then("opened_at")}, ${then("decided_at", "0.9")} where review_id = $1`,
  ])
    await runtime.db.pool.query(text, [id, minutes]);
}

/** Tags of a month, as people decided them: most were right, and the wrong ones rather score low. */
async function aMonth() {
  const routed = `${agent.policy}routing: { maxError: 0.1, confidence: 0.9, bands: [{ below: 0.5, tier: team-lead }] }\n`;
  const reloaded = await runtime.changes.reload(routed, "policy.yaml");
  if (!reloaded.ok) throw reloaded.error;
  const { id } = await held("Please tag ticket 12 as urgent.");
  await decide(id, "approve", null, people.jonas);
  const calls = Array.from({ length: 320 }, (_, n) => {
    const score = 0.98 - 0.6 * ((n * 0.618) % 1) ** 1.6;
    return { score, isWrong: n % 100 < (0.95 - score) * 55, lookedAt: score > 0.85 ? 0.5 : 1 };
  });
  await decideMany(runtime.db.pool.options.connectionString, id, calls);
}

async function decideAll() {
  for (;;) {
    const { items } = await runtime.reviews.list(tenant, { status: "open", limit: 50 });
    if (items.length === 0) return;
    for (const { id, kind } of items) {
      const { argsHash } = await runtime.reviews.find(tenant, id);
      const answer =
        kind === "review" || kind === "plan"
          ? { type: "reject" }
          : kind === "settle"
            ? { type: "not_happened" }
            : { type: "respond", message: "I look after it." };
      const decided = await runtime.decide(people.amara, id, { ...answer, argsHash });
      if (!decided.ok) throw decided.error;
    }
  }
}
