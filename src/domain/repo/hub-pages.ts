import { table } from '../../lib/table.ts';

/** What is no model and no dataset, by the first word of its address, in a sentence that goes on behind the link. */
const PAGES = table<string>({
  papers: 'is a paper. Its page lists the models that belong to it: send the link of one.',
  collections: 'is a collection. Open it, and send the links of the models you want; several in one message are fine.',
  spaces: 'is a Space: an app, not a model. I keep models and datasets: send the link of one that its page names.',
  organizations: 'is an organisation. Send the link of one of its models.',
  kernels: 'is a kernel. I bring models and datasets only.',
  buckets: 'is a bucket of files. I bring models and datasets only.',
  storage: 'is storage. I bring models and datasets only.',
  posts: 'is a post. Send the link of a model.',
  blog: 'is an article. Send the link of a model.',
  learn: 'is a course. Send the link of a model.',
  docs: 'is a page of the documentation. Send the link of a model.',
  tasks: 'is the page of a task. Send the link of one of the models on it.',
});

/** Further first words of addresses that are no repositories. */
const OTHERS = new Set(
  'api chat contact datasets-server enterprise inference-endpoints join login models pricing search settings'.split(
    ' ',
  ),
);

const USUAL_HUB = 'https://huggingface.co';

/**
 * Where people make and revoke their tokens. Of a Hub that somebody has named nobody knows whether it has accounts of its own.
 * @param hub the address of the Hub that is asked; undefined: the usual one
 */
export const tokensPage = (hub: string | undefined): string =>
  hub === undefined || hub === USUAL_HUB
    ? `${USUAL_HUB}/settings/tokens`
    : `${hub}/settings/tokens; if that is a mirror, at ${USUAL_HUB}/settings/tokens`;

/** What a page of the Hub is that is no repository; undefined if it may be one. */
export const hubPage = (firstWord: string): string | undefined => {
  const word = firstWord.toLowerCase();
  return PAGES[word] ?? (OTHERS.has(word) ? 'is a page of the Hub, not a model or a dataset.' : undefined);
};
