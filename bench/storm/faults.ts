/** Trouble of the Hub and of Telegram that passes, none of which may be seen at the end; and some that only people can mend. */
import type { Fault as HubFault } from '../../playground/hub/sample-hub.ts';
import type { World } from '../../tests/helpers/world.ts';
import type { Dice } from '../../tests/helpers/dice.ts';

const someHubFault = (dice: Dice): HubFault => {
  const weights = { host: 'cdn', times: 1 + dice(3), after: dice(6) } as const;
  const anything = { times: 1 + dice(2), after: dice(6) } as const;
  const faults: readonly HubFault[] = [
    { kind: 'reset', ...anything },
    { kind: 'reset_after', bytes: dice(2_000_000), ...weights },
    { kind: 'stall_after', bytes: dice(2_000_000), ...weights, times: 1 },
    { kind: 'short_body', missing: 1 + dice(5000), announced: dice(2) === 0 ? 'short' : 'full', ...weights },
    { kind: 'wrong_range', ...weights },
    { kind: 'ignore_range', ...weights },
    { kind: 'corrupt', offset: dice(1_000_000), ...weights },
    { kind: 'changed_etag', etag: 'f'.repeat(64), ...weights },
    { kind: 'rate_limited', seconds: 1, ...anything },
    { kind: 'status', status: 503, ...anything },
    { kind: 'html', ...anything },
    { kind: 'expired', ...weights },
    { kind: 'silence', ...anything, times: 1 },
    { kind: 'slow', bytesPerSecond: 200_000, ...weights },
  ];
  return faults[dice(faults.length)] as HubFault;
};

const METHODS = [undefined, undefined, 'sendMessage', 'sendMessage', 'editMessageText', 'getUpdates', '*'] as const;
const KINDS = ['429', '500', '502html', 'reset', 'reset_after_accept', 'reset_after_accept', 'timeout'] as const;

const setTelegramFault = ({ telegram }: World, dice: Dice): void => {
  const method = METHODS[dice(METHODS.length)];
  telegram.setFault({
    kind: KINDS[dice(KINDS.length)] ?? '500',
    times: 1 + dice(3),
    retryAfter: 1 + dice(2),
    breaksAfterSeconds: 1 + dice(2),
    ...(method === undefined ? {} : { method }),
  });
};

/** What stays is told as a failure. */
export const onlyLastingFaults = ({ hub, telegram }: World): void => {
  hub.clearFaults();
  telegram.clearFaults();
  hub.setFault({ kind: 'corrupt', offset: 100_000, path: 'storm/cursed' });
  const headers = { 'X-Error-Code': 'EntryNotFound' };
  hub.setFault({ kind: 'status', status: 404, headers, path: /^storm\/gone-\d+\/model\.safetensors$/ });
};

/** So many faults of each side wait for the next requests at most. Those that nothing has hit are taken back. */
export const changeFaults = (world: World, dice: Dice): void => {
  onlyLastingFaults(world);
  for (let amount = dice(4); amount > 0; amount -= 1) world.hub.setFault(someHubFault(dice));
  for (let amount = dice(3); amount > 0; amount -= 1) setTelegramFault(world, dice);
};

export const endFaults = (world: World): void => {
  world.hub.clearFaults();
  world.telegram.clearFaults();
};
