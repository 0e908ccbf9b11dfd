import { describe, expect, it } from 'vitest';
import type { AppError, ErrorCode } from '../../src/domain/errors.ts';
import { ADD_REQUEST_MOVES, ADD_REQUEST_STATES, assertRequestMove } from '../../src/domain/states/add-request.ts';
import { APP_LINK_MOVES, APP_LINK_STATES, assertAppLinkMove } from '../../src/domain/states/app-link.ts';
import { assertBackupMove, BACKUP_MOVES, BACKUP_STATES } from '../../src/domain/states/backup.ts';
import { assertCopyMove, COPY_MOVES, COPY_STATES } from '../../src/domain/states/copy.ts';
import { assertImportMove, IMPORT_MOVES, IMPORT_STATES } from '../../src/domain/states/import.ts';
import { assertMove, canMove, isModelStatus, MODEL_MOVES, MODEL_STATUSES } from '../../src/domain/states/model.ts';
import { assertModelAppMove, MODEL_APP_MOVES, MODEL_APP_STATES } from '../../src/domain/states/model-app.ts';
import {
  assertRemovedModelMove,
  REMOVED_MODEL_MOVES,
  REMOVED_MODEL_STATES,
} from '../../src/domain/states/removed-model.ts';
import { assertRenewalMove, RENEWAL_MOVES, RENEWAL_STATES } from '../../src/domain/states/renewal.ts';
import { assertSearchMove, SEARCH_MOVES, SEARCH_STATES } from '../../src/domain/states/search.ts';
import { assertSessionMove, isEnded, SESSION_MOVES, SESSION_STATUSES } from '../../src/domain/states/session.ts';
import {
  assertVerificationMove,
  VERIFICATION_MOVES,
  VERIFICATION_STATES,
} from '../../src/domain/states/verification.ts';
import { drawn } from '../helpers/pictures.ts';

interface Machine {
  readonly name: string;
  readonly states: readonly string[];
  readonly moves: Readonly<Record<string, readonly string[]>>;
  readonly assert: (from: never, to: never) => void;
}

const MACHINES: readonly Machine[] = [
  { name: 'model', states: MODEL_STATUSES, moves: MODEL_MOVES, assert: assertMove },
  { name: 'session', states: SESSION_STATUSES, moves: SESSION_MOVES, assert: assertSessionMove },
  { name: 'copy', states: COPY_STATES, moves: COPY_MOVES, assert: assertCopyMove },
  { name: 'request', states: ADD_REQUEST_STATES, moves: ADD_REQUEST_MOVES, assert: assertRequestMove },
  { name: 'removed', states: REMOVED_MODEL_STATES, moves: REMOVED_MODEL_MOVES, assert: assertRemovedModelMove },
  { name: 'shown', states: MODEL_APP_STATES, moves: MODEL_APP_MOVES, assert: assertModelAppMove },
  { name: 'link', states: APP_LINK_STATES, moves: APP_LINK_MOVES, assert: assertAppLinkMove },
  { name: 'renewal', states: RENEWAL_STATES, moves: RENEWAL_MOVES, assert: assertRenewalMove },
  { name: 'search', states: SEARCH_STATES, moves: SEARCH_MOVES, assert: assertSearchMove },
  {
    name: 'verification',
    states: VERIFICATION_STATES,
    moves: VERIFICATION_MOVES,
    assert: assertVerificationMove,
  },
  { name: 'import', states: IMPORT_STATES, moves: IMPORT_MOVES, assert: assertImportMove },
  { name: 'backup', states: BACKUP_STATES, moves: BACKUP_MOVES, assert: assertBackupMove },
];

/** The code of the refusal; undefined if it is none. */
const refusalOf = (move: () => void): ErrorCode | undefined => {
  try {
    move();
    return undefined;
  } catch (error) {
    return (error as AppError).code;
  }
};

const pairs = MACHINES.flatMap((machine) =>
  machine.states.flatMap((from) => machine.states.map((to) => ({ machine, name: machine.name, from, to }))),
);

describe('the moves of a', () => {
  it.each(MACHINES)('$name are those of its picture', ({ name, moves }) => {
    const legal = Object.entries(moves).flatMap(([from, targets]) => targets.map((to) => `${from} ${to}`));
    expect(drawn(name)).not.toEqual([]);
    expect(legal.toSorted()).toEqual(drawn(name));
  });

  it.each(pairs)('$name: $from → $to is refused unless its picture has it', ({ machine, from, to }) => {
    const isDrawn = drawn(machine.name).includes(`${from} ${to}`);
    const refusal = refusalOf(() => machine.assert(from as never, to as never));
    expect(refusal).toBe(isDrawn ? undefined : 'state_transition');
  });
});

describe('a refusal', () => {
  it('of a model says what it could become', () => {
    expect(() => assertMove('failed', 'paused')).toThrow(
      'A model cannot go from failed to paused; it could become pending.',
    );
    expect(() => assertMove('pending', 'completed')).toThrow('it could become downloading or paused.');
    expect([canMove('failed', 'paused'), canMove('failed', 'pending')]).toEqual([false, true]);
  });

  it('of a session says why', () => {
    expect(() => assertSessionMove('completed', 'failed')).toThrow(
      'This download session has ended as completed; it cannot become failed.',
    );
    expect(() => assertSessionMove('started', 'completed')).toThrow(
      'it could become in_progress or failed or cancelled.',
    );
  });
});

it('a session ends in three ways', () => {
  expect(SESSION_STATUSES.filter(isEnded)).toEqual(['completed', 'failed', 'cancelled']);
});

it('a model has five statuses, as they are written', () => {
  for (const status of MODEL_STATUSES) expect(isModelStatus(status)).toBe(true);
  for (const word of ['queued', 'running', 'succeeded', 'active', 'Pending', '', 'toString']) {
    expect(isModelStatus(word)).toBe(false);
  }
});
