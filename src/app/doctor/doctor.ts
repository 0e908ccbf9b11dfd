/* app/doctor: looks at all that hubgram stands on, holds nothing, changes nothing, and says what would mend it. */

import type { Config } from '../../config/config.ts';
import { AppError } from '../../domain/errors.ts';
import type { WallClock } from '../../lib/clock.ts';
import { foldersOf } from '../folders.ts';
import { dataFindings, hostDataFindings } from './data.ts';
import { diskFindings } from './disk.ts';
import { type Finding, fine, warning, wrong } from './finding.ts';
import { nodeFinding, proxyFinding, serviceFinding } from './machine.ts';
import { askHub, askTelegram, clockFinding } from './network.ts';
import { hostRedisFinding, redisFinding } from './redis.ts';
import { isWrong, reportJson, reportText } from './report.ts';
import { webhookFinding } from './webhook.ts';

export interface DoctorOptions {
  /** Reads the configuration, as a start would. @throws AppError configuration */
  readonly read: () => Config;
  readonly asJson: boolean;
  readonly clock: WallClock;
}

/** What was found, as it is printed. */
export interface Diagnosis {
  readonly text: string;
  /** Nothing is wrong. */
  readonly ok: boolean;
}

const configurationFindings = ({ warnings, configFile }: Config): readonly Finding[] => {
  const about = 'Settings';
  if (warnings.length > 0) return warnings.map((says) => warning(about, says, 'Do what it says.'));
  return [fine(about, configFile === undefined ? 'They were understood.' : `${configFile} was understood.`)];
};

/** What a host stands on: no Telegram, no database, and Redis instead. */
const hostFindings = async (config: Config, clock: WallClock): Promise<readonly Finding[]> => {
  const { dataDir, cacheDir } = config;
  const proxies = proxyFinding(config);
  const [hub, redis] = await Promise.all([askHub(config, clock), hostRedisFinding(config)]);
  return [
    ...configurationFindings(config),
    proxies,
    redis,
    ...hub.findings,
    clockFinding([hub]),
    ...hostDataFindings(dataDir),
    ...(await diskFindings(cacheDir, config.minFreeSpace)),
    serviceFinding('hubgram-host'),
  ];
};

const examine = async ({ read, clock }: DoctorOptions): Promise<readonly Finding[]> => {
  const node = nodeFinding(process.versions.node);
  let config: Config;
  try {
    config = read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [
      node,
      wrong('Settings', error.message, '.env.example lists what there is; the rest waits until this is mended.'),
    ];
  }
  if (config.isHost) return [node, ...(await hostFindings(config, clock))];
  const { dataDir, cacheDir } = foldersOf(config);
  const proxies = proxyFinding(config);
  const asked = await Promise.all([askTelegram(config, clock), askHub(config, clock)]);
  return [
    node,
    ...configurationFindings(config),
    proxies,
    ...asked.flatMap(({ findings }) => findings),
    await webhookFinding(config),
    await redisFinding(config),
    clockFinding(asked),
    ...dataFindings(dataDir, config.backupsKept, clock),
    ...(await diskFindings(cacheDir, config.minFreeSpace)),
    serviceFinding(),
  ];
};

/** Looks at all that hubgram stands on, also while it runs; changes nothing. */
export const diagnose = async (options: DoctorOptions): Promise<Diagnosis> => {
  const findings = await examine(options);
  return { text: options.asJson ? reportJson(findings) : reportText(findings), ok: !isWrong(findings) };
};
