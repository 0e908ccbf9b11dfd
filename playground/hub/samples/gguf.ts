import { defineRepo, type FileSpec, type SampleRepo } from '../repos/sample-repo.ts';
import { cardText, GITATTRIBUTES } from './texts.ts';

const NAME = 'Tiny-Llama';

const QUANTS: Readonly<Record<string, number>> = {
  IQ1_S: 21_433_344,
  Q2_K: 38_797_312,
  Q3_K_S: 44_826_624,
  Q3_K_M: 49_545_216,
  IQ4_XS: 54_525_952,
  Q4_0: 57_671_680,
  Q4_K_S: 58_458_112,
  Q4_K_M: 61_341_696,
  Q5_K_M: 71_827_456,
  Q6_K: 82_837_504,
  Q8_0: 106_954_752,
  F16: 200_802_304,
};

const SHARDS = [150_994_944, 150_994_944, 100_663_296];

/** A language model in GGUF form only: many quants, one in parts in a folder of its own, one twice under two names. */
export const ggufRepo = (): SampleRepo => {
  const single = Object.entries(QUANTS).map(([quant, size]): FileSpec => ({ path: `${NAME}-${quant}.gguf`, size }));
  const split = SHARDS.map((size, at): FileSpec => {
    const number = String(at + 1).padStart(5, '0');
    return { path: `F32/${NAME}-F32-${number}-of-00003.gguf`, size };
  });
  return defineRepo({
    id: 'sample/Tiny-Llama-GGUF',
    license: 'apache-2.0',
    pipelineTag: 'text-generation',
    libraryName: 'gguf',
    tags: ['llama', 'imatrix', 'conversational', 'en'],
    info: {
      gguf: { total: 100_401_152, architecture: 'llama', context_length: 2048 },
      config: { model_type: 'llama' },
    },
    files: [
      { path: '.gitattributes', content: GITATTRIBUTES },
      {
        path: 'README.md',
        content: cardText({
          title: `${NAME} GGUF`,
          license: 'apache-2.0',
          pipelineTag: 'text-generation',
          about: 'Every common quant of a model that does not exist. Q2_K and Q2_K_L are the same bytes.',
        }),
      },
      ...single,
      // Repositories do hold the same bytes twice: fetched once, they should appear under both names.
      { path: `${NAME}-Q2_K_L.gguf`, size: QUANTS['Q2_K'] ?? 0, seed: `sample/Tiny-Llama-GGUF/${NAME}-Q2_K.gguf` },
      ...split,
      { path: `mmproj-${NAME}-F16.gguf`, size: 24_117_248 },
      { path: `${NAME}-imatrix.gguf`, size: 2_097_152 },
    ],
  });
};
