/** What the bot complained of, and what was done and said in the chats: kept for whoever looks for the cause of a breach. */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '../../tests/helpers/world.ts';
import { CHATS, type People } from './people.ts';

export interface StormRecord {
  readonly folder: string;
  /** Keeps the warnings and errors of a life of the bot that has ended. */
  readonly take: (output: string, life: number) => void;
  /** How often it complained of what. */
  readonly complaints: ReadonlyMap<string, number>;
  readonly keep: (world: World, people: People) => void;
  readonly forget: () => void;
}

interface Line {
  readonly level?: unknown;
  readonly msg?: unknown;
}

/** A line that a kill has cut, or that is none of the log's, is no complaint. */
const read = (line: string): Line | undefined => {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
};

export const openRecord = (seed: number): StormRecord => {
  const folder = join(tmpdir(), `hubgram-storm-${seed}`);
  const complaints = new Map<string, number>();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return {
    folder,
    complaints,
    take: (output, life) => {
      for (const text of output.split('\n')) {
        const line = text.startsWith('{') ? read(text) : undefined;
        if (!line || typeof line.msg !== 'string') continue;
        const key = `${String(line.level)} ${line.msg}`;
        complaints.set(key, (complaints.get(key) ?? 0) + 1);
        appendFileSync(join(folder, 'complaints.jsonl'), `${JSON.stringify({ life, ...line })}\n`);
      }
    },
    keep: ({ telegram }, { deeds, added }) => {
      const messages = Object.fromEntries(CHATS.map((chatId) => [chatId, telegram.messages(chatId)]));
      const kept = { deeds, added, messages, calls: telegram.calls };
      for (const [name, value] of Object.entries(kept)) {
        writeFileSync(join(folder, `${name}.json`), JSON.stringify(value, undefined, 1));
      }
    },
    forget: () => rmSync(folder, { recursive: true, force: true }),
  };
};
