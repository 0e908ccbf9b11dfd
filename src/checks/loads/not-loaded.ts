/** Why a model cannot be loaded, as the end of a sentence that begins with its path. */
export class NotLoaded extends Error {
  /** All that was said of it, line by line. */
  readonly lines: readonly string[];

  constructor(reason: string, lines: readonly string[] = []) {
    super(reason);
    this.lines = lines;
  }
}

/** What says nothing of the model, but of what would load it; the end of such a sentence too. */
export class UnknownKind extends Error {}
