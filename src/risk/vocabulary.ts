// What verbs of tools do to the world: general English of programs and offices, read off no catalogue. A word that is not
// here says nothing, and a tool of which nothing is known is taken for the worst.

/** From mild to severe. */
export const effects = ["read", "reversible", "irreversible"] as const;
export type Effect = (typeof effects)[number];

/** Where an effect that cannot be taken back arrives. */
export const domains = [
  "money",
  "messages",
  "access",
  "deletion",
  "code",
  "publication",
  "people's data",
  "physical",
] as const;
export type Domain = (typeof domains)[number];

export interface Meaning {
  effect: Effect;
  domain: Domain | null;
}

/** Verbs that only look. */
const looking = `
  get list search find fetch read show view describe look lookup check query count browse inspect explain compare calculate
  compute estimate retrieve display analyze analyse summarize preview validate verify test ping whoami know provide
  tell identify detect determine discover enumerate scan peek measure recall see aggregate download evaluate convert echo
  introspect traverse tail grep stat diff simulate suggest recommend match extract parse`;

/** Verbs that change what one later call can put back, free of charge. */
const changing = `
  create add update edit modify set change write put patch append insert upsert save store rename move copy tag label assign
  unassign enable disable toggle activate deactivate mark star unstar lock unlock pause resume suspend start stop restart
  reboot schedule reschedule subscribe unsubscribe follow unfollow open reopen close archive unarchive restore resolve
  unresolve pin unpin fork branch checkout commit configure register log record connect disconnect refresh sync import upload
  load build manage request apply attach detach link unlink hide unhide reorder reprioritize prioritize increment decrement
  rotate scale upgrade downgrade initialize init define make generate produce compress transform freeze unfreeze block
  unblock flag mute unmute snooze accept decline deny dismiss stage unstage switch fill click type navigate press hover drag
  reseat refuel replace clone duplicate swap adjust correct raise lower increase decrease extend shorten process perform
  join leave complete finish react reindex rebuild enter file give`;

/** Verbs whose effect leaves, costs or is gone. */
const parting: Readonly<Record<Domain, string>> = {
  money: `
    pay refund charge transfer purchase buy sell order withdraw deposit reimburse invoice bill book reserve donate tip trade
    invest credit debit exchange return payout wire redeem settle rent hire bid spend fund mint place`,
  messages: `
    send email mail notify message sms text call dial reply forward invite comment broadcast announce submit remind alert page
    escalate contact ship deliver`,
  access: `grant permit allow authorize approve impersonate elevate promote demote delegate`,
  deletion: `
    delete remove drop destroy erase purge truncate wipe clear flush teardown terminate kill uninstall revoke cancel expunge
    forget reset overwrite discard prune unregister deregister evict void rollback revert trash del rm`,
  code: `run execute exec eval invoke trigger dispatch launch spawn install deploy provision migrate`,
  publication: `publish release post tweet share push merge syndicate distribute`,
  "people's data": `export disclose expose`,
  physical: `dispense drive fly ignite steer arm disarm`,
};

/** As often the thing that is looked at as a verb: a verb only where a verb is expected. */
const nounsToo = new Set(
  wordsIn(`
    log tag label star comment order call text message mail email page request review report branch fork commit record link
    credit debit bill charge invoice transfer exchange return post release share push watch check count query view lock block
    flag mark schedule book fund trade tip bid place process handle type copy set contact ship access track move change update
    start stop open close alert select run build load stage switch fill press drag click measure scale replace merge import
    export download store save match test diff stat tail extract file reply invite deposit rent hire trigger install list`),
);

const meanings = new Map<string, Meaning>([
  ...wordsIn(looking).map((word): [string, Meaning] => [word, { effect: "read", domain: null }]),
  ...wordsIn(changing).map((word): [string, Meaning] => [word, { effect: "reversible", domain: null }]),
  ...domains.flatMap((domain) =>
    wordsIn(parting[domain]).map((word): [string, Meaning] => [word, { effect: "irreversible", domain }]),
  ),
]);

/** Things that are never handled lightly: whatever is done to them but looking is done for good. */
const graveThings: Readonly<Partial<Record<Domain, string>>> = {
  money: "money funds payment payments transaction transactions cash wire payroll",
  access:
    "password passwords passcode pin secret secrets token tokens credential credentials permission permissions role roles acl",
};

const grave = new Map(
  Object.entries(graveThings).flatMap(([domain, words]) =>
    wordsIn(words).map((word) => [word, domain as Domain]),
  ),
);

/** Of a word as it stands in a name, which is an order: `delete`, never `deletes`. Null: it is no verb that is known. */
export function ordered(word: string): Meaning | null {
  return meanings.get(word) ?? null;
}

/** Of a word as a description has it: `delete`, `Deletes`, `copies`. What it "returns" is its answer. */
export function described(word: string): Meaning | null {
  if (/^returns?$/.test(word)) return { effect: "read", domain: null };
  const forms = [
    word,
    ...(word.endsWith("ies") ? [`${word.slice(0, -3)}y`] : []),
    ...(word.endsWith("es") ? [word.slice(0, -2)] : []),
    ...(word.endsWith("s") ? [word.slice(0, -1)] : []),
  ];
  return forms.map((form) => meanings.get(form)).find((meaning) => meaning !== undefined) ?? null;
}

export function isNounToo(word: string): boolean {
  return nounsToo.has(word) || nounsToo.has(word.replace(/s$/, ""));
}

/** Whom records are about, and records that are about somebody. */
const people = new Set(
  wordsIn(`
    person people user users customer customers client clients patient patients employee employees member members contact
    contacts applicant applicants candidate candidates guest guests passenger passengers student students tenant tenants
    resident residents citizen citizens subscriber subscribers profile profiles medical health diagnosis prescription
    prescriptions salary salaries payroll identity identities`),
);

export function isAboutPeople(word: string): boolean {
  return people.has(word);
}

export function graveThing(word: string): Domain | null {
  return grave.get(word) ?? null;
}

function wordsIn(text: string): string[] {
  return text.trim().split(/\s+/);
}
