import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/config.ts';
import { AppError } from '../../domain/errors.ts';
import { prepareProcess } from '../process.ts';
import { type Finding, fine, leftOut, warning, wrong } from './finding.ts';

/** What the packages bring, and what everything was tried with. */
const NODE_MAJOR = 24;

/** @param version such as `24.21.0` */
export const nodeFinding = (version: string): Finding =>
  Number.parseInt(version, 10) >= NODE_MAJOR
    ? fine('Node', `It is ${version}.`)
    : warning(
        'Node',
        `It is ${version}; hubgram is tried with ${NODE_MAJOR}.`,
        'Start it by npm start: a Node 24 comes with the packages.',
      );

/** Sets the proxies, through which all that follows is asked. */
export const proxyFinding = (config: Config): Finding => {
  const about = 'Proxies';
  try {
    prepareProcess(config);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return wrong(about, error.message, 'Start it by npm start, or update Node.');
  }
  const { httpProxy, httpsProxy, noProxy } = config;
  if (httpProxy === undefined && httpsProxy === undefined) return fine(about, 'None is set: all is reached directly.');
  const named = [httpsProxy && 'HTTPS_PROXY', httpProxy && 'HTTP_PROXY'].filter(Boolean).join(' and ');
  return fine(
    about,
    `${named} ${httpProxy && httpsProxy ? 'are' : 'is'} set${noProxy ? `, save for ${noProxy}` : ''}.`,
  );
};

/** Where systemd looks first, and what stands in this version. */
const unitOf = (name: string): string => `/etc/systemd/system/${name}.service`;
const oursOf = (name: string): string => fileURLToPath(new URL(`../../../deploy/${name}.service`, import.meta.url));

type Unit = 'hubgram' | 'hubgram-host';

/** Whether systemd starts it, as this version says. @param unit where the unit lies on this machine */
export const serviceFinding = (name: Unit = 'hubgram', unit = unitOf(name), ours = oursOf(name)): Finding => {
  const about = 'Service';
  if (!existsSync(unit)) return leftOut(about, `It is not installed as a service of systemd (deploy/${name}.service).`);
  try {
    if (!existsSync(ours) || readFileSync(unit, 'utf8') === readFileSync(ours, 'utf8')) {
      return fine(about, `${unit} is the unit of this version.`);
    }
    const remedy = `Compare both; changes of your own belong into a drop-in (systemctl edit ${name}).`;
    return warning(about, `${unit} differs from the unit of this version, ${ours}.`, remedy);
  } catch {
    return leftOut(about, `${unit} cannot be read by this user.`);
  }
};
