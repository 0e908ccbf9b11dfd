/** Why a model cannot be loaded, as the end of a sentence that begins with its path. */
export class NotLoaded extends Error {}

/** What says nothing of the model, but of what would load it; the end of such a sentence too. */
export class UnknownKind extends Error {}
