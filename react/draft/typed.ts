// What a person typed in a block and has not kept. Each block has its own: a key stroke is no matter of the others.
import type { DraftBlock } from "../client.js";
import { keep, keptAt, useKept } from "../kept.js";

export interface Typed {
  text: string;
  /** Of the block, when it was begun. */
  revision: number;
}

export function useTyped(reviewId: string, blockId: string): Typed | null {
  return useKept<Typed | null>(nameOf(reviewId, blockId), () => null)[0];
}

export function typedIn(reviewId: string, blockId: string): Typed | null {
  return keptAt(nameOf(reviewId, blockId)) as Typed | null;
}

export function keepTyped(reviewId: string, blockId: string, typed: Typed | null): void {
  keep(nameOf(reviewId, blockId), typed);
}

/** What was dropped in a block can be had back, the last first. */
export function useDropped(reviewId: string, blockId: string): readonly string[] {
  return useKept<readonly string[]>(droppedName(reviewId, blockId), () => [])[0];
}

export function droppedIn(reviewId: string, blockId: string): readonly string[] {
  return (keptAt(droppedName(reviewId, blockId)) ?? []) as readonly string[];
}

export function keepDropped(reviewId: string, blockId: string, dropped: readonly string[]): void {
  keep(droppedName(reviewId, blockId), dropped.slice(-mostDropped));
}

/** Somebody else changed the block since, and not to the same. */
export function isOvertaken({ revision, text }: DraftBlock, typed: Typed | null): boolean {
  return typed !== null && typed.revision !== revision && typed.text !== text;
}

const mostDropped = 10;

/** Under which name stands what the agent is to be told. */
export function askedName(reviewId: string, blockId: string): string {
  return `${reviewId} asked ${blockId}`;
}

function nameOf(reviewId: string, blockId: string): string {
  return `${reviewId} words ${blockId}`;
}

function droppedName(reviewId: string, blockId: string): string {
  return `${reviewId} dropped ${blockId}`;
}
