/** What the service manager that started this process, as systemd is one, wants to be told. */
export interface ServiceManager {
  /** How long it may hear nothing before it takes the process for stuck, in milliseconds; undefined: it does not watch. */
  readonly watchdogMs: number | undefined;
}

/**
 * Whether somebody listens, as systemd says it in the environment (sd_notify(3), sd_watchdog_enabled(3)).
 * @param pid of this process: the watchdog may be meant for another one
 * @returns undefined if nobody does
 */
export const readServiceManager = (
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): ServiceManager | undefined => {
  if (!env['NOTIFY_SOCKET']) return undefined;
  const { WATCHDOG_USEC: micros = '', WATCHDOG_PID: meant = '' } = env;
  const isWatched = /^[1-9]\d{0,15}$/.test(micros) && (meant === '' || meant === String(pid));
  return { watchdogMs: isWatched ? Number(micros) / 1000 : undefined };
};
