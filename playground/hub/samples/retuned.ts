import { ggufHead } from '../repos/file-head.ts';
import { defineRepo, type FileSpec, type SampleRepo } from '../repos/sample-repo.ts';
import { cardText, GITATTRIBUTES } from './texts.ts';

const TEMPLATE = "{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}{% endfor %}";
const WEIGHTS = { seed: 'sample/Retuned-GGUF', like: 'numbers' } as const;
const MB = 1_000_000;

const weightsWith = (template: string, tuned: string): FileSpec => ({
  path: 'Retuned-Q4_K_M.gguf',
  parts: [
    ggufHead({ 'tokenizer.chat_template': template }),
    { ...WEIGHTS, size: 30 * MB },
    { ...WEIGHTS, seed: `${WEIGHTS.seed} ${tuned}`, size: 2 * MB },
    { ...WEIGHTS, from: 32 * MB, size: 28 * MB },
  ],
});

/** A model that is uploaded again and again for little: a chat template, or a few tensors. */
export const retunedRepo = (): SampleRepo => {
  const versions = [
    [weightsWith(TEMPLATE, 'as it was')],
    [weightsWith(`{%- if tools %}{{ tools | tojson }}{% endif %}${TEMPLATE}`, 'as it was')],
    [weightsWith(`{%- if tools %}{{ tools | tojson }}{% endif %}${TEMPLATE}`, 'anew')],
  ];
  return defineRepo({
    id: 'sample/Retuned-GGUF',
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    libraryName: 'gguf',
    xet: 'chunks',
    downloads: 12,
    likes: 0,
    trending: 0,
    versions,
    files: [
      { path: '.gitattributes', content: GITATTRIBUTES },
      {
        path: 'README.md',
        content: cardText({
          title: 'Retuned GGUF',
          license: 'apache-2.0',
          pipelineTag: 'text-generation',
          about: 'Its authors upload it again for every small thing; its page here has a button that does so.',
        }),
      },
      ...(versions[0] ?? []),
    ],
  });
};
