/** The configuration can't be used. The message names every mistake, what was expected and an example; no secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param mistakes one sentence or more each */
  constructor(mistakes: readonly string[]) {
    const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
    super(`The configuration has ${count}:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`);
  }
}
