// Who decides together: how many people, in which order, and what a no among them does.

export interface Panel {
  /** Approvals that are needed, of different people, on the same arguments. */
  readonly quorum: number;
  /** How many people vote at most: once so many refuse that the quorum cannot be reached, it is over. */
  readonly of: number;
  /** Who asked for it decides nothing of it. */
  readonly fourEyes: boolean;
  /** Nobody sees how others voted before they have voted themselves. */
  readonly blind: boolean;
  /** One approval by a holder of each of these roles, in this order. Null: in any. */
  readonly turns: readonly string[] | null;
  /** A no by a holder of one of these roles ends it at once. */
  readonly veto: readonly string[];
  /** Where it goes when the quorum cannot be reached any more though somebody approved. Null: it is refused. */
  readonly split: string | null;
}

export const onePerson: Panel = Object.freeze({
  quorum: 1,
  of: 1,
  fourEyes: false,
  blind: false,
  turns: null,
  veto: Object.freeze([]),
  split: null,
});

/** What a tier of the file may say of it. */
export interface WrittenPanel {
  roles: readonly string[];
  quorum?: number | undefined;
  of?: number | undefined;
  four_eyes?: boolean | undefined;
  blind?: boolean | undefined;
  in_turn?: boolean | undefined;
  veto?: readonly string[] | undefined;
  split?: string | undefined;
}

export function panelFrom({
  roles,
  quorum: asked = 1,
  of,
  split = "reject",
  ...written
}: WrittenPanel): Panel {
  const turns = written.in_turn === true ? Object.freeze([...roles]) : null;
  const quorum = turns?.length ?? asked;
  return Object.freeze({
    quorum,
    of: turns ? quorum : (of ?? quorum),
    fourEyes: written.four_eyes ?? quorum > 1,
    blind: written.blind ?? false,
    turns,
    veto: Object.freeze([...(written.veto ?? [])]),
    split: split === "reject" ? null : split,
  });
}

/** Is one answer a vote among others, and not the decision? */
export function isTogether({ of }: Panel): boolean {
  return of > 1;
}

/** Does a change of the arguments need somebody else than who made it? */
export function needsOthers(panel: Panel): boolean {
  return panel.fourEyes || isTogether(panel);
}

/** Votes that were given in one are none in the other. */
export function isOtherOrder(before: Panel, now: Panel): boolean {
  return String(before.turns) !== String(now.turns);
}

/** What both ask for: nobody needs less because the other one is in force. The first one says in which order. */
export function stricter(first: Panel, second: Panel): Panel {
  const [lead, other] = second.quorum > first.quorum ? [second, first] : [first, second];
  const turns = lead.turns ?? (lead.quorum === other.quorum ? other.turns : null);
  return {
    quorum: lead.quorum,
    of: turns ? lead.quorum : Math.max(lead.quorum, lead.of),
    fourEyes: lead.fourEyes || other.fourEyes,
    blind: lead.blind || other.blind,
    turns,
    veto: [...new Set([...lead.veto, ...other.veto])],
    split: lead.split,
  };
}

/** The roles that decide first. */
export function firstIn(panel: Panel, roles: readonly string[]): string[] {
  const [first] = panel.turns ?? [];
  return first === undefined ? [...roles] : [first];
}
