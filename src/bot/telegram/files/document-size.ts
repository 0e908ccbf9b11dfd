/** What a bot may send as a document, in bytes (Bot API, sendDocument). */
export const DOCUMENT_MOST = 50_000_000;
/** The same over a Bot API server of one's own (Bot API, “Using a Local Bot API Server”). */
export const OWN_SERVER_DOCUMENT_MOST = 2_000_000_000;
