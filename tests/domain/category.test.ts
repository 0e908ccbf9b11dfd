import { PIPELINE_DATA } from '@huggingface/tasks';
import { describe, expect, it } from 'vitest';
import { CATEGORIES, type Category, categoryOf } from '../../src/domain/category.ts';

describe('the category of a model', () => {
  it.each([
    ['text-generation', 'text'],
    ['text2text-generation', 'text'],
    ['token-classification', 'text'],
    ['zero-shot-classification', 'text'],
    ['translation', 'text'],
    ['text-to-image', 'image'],
    ['image-to-image', 'image'],
    ['text-to-3d', 'image'],
    ['text-to-speech', 'audio'],
    ['automatic-speech-recognition', 'audio'],
    ['voice-activity-detection', 'audio'],
    ['text-to-video', 'video'],
    ['image-to-video', 'video'],
    ['video-classification', 'video'],
    ['image-classification', 'vision'],
    ['zero-shot-image-classification', 'vision'],
    ['object-detection', 'vision'],
    ['depth-estimation', 'vision'],
    ['feature-extraction', 'embeddings'],
    ['sentence-similarity', 'embeddings'],
    ['image-text-to-text', 'multimodal'],
    ['any-to-any', 'multimodal'],
    ['audio-text-to-text', 'multimodal'],
    ['video-text-to-text', 'multimodal'],
    ['reinforcement-learning', 'custom'],
    ['never-heard-of', 'custom'],
    ['', 'custom'],
    [undefined, 'custom'],
  ] as const)('%s is %s', (task, category) => {
    expect(categoryOf(task)).toBe(category);
  });

  it('is one of its own kind for every task of the Hub that has to do with language, sight or sound', () => {
    const KINDS: Readonly<Record<string, readonly Category[]>> = {
      nlp: ['text', 'embeddings', 'custom'],
      audio: ['audio'],
      cv: ['image', 'video', 'vision', 'embeddings'],
      multimodal: ['multimodal', 'vision', 'embeddings', 'video', 'image'],
    };
    const odd = Object.entries(PIPELINE_DATA)
      .filter(([task, { modality }]) => KINDS[modality] && !KINDS[modality].includes(categoryOf(task)))
      .map(([task, { modality }]) => `${task} (${modality}): ${categoryOf(task)}`);
    expect(odd).toEqual([]);
  });

  it('is one that the library has', () => {
    for (const task of Object.keys(PIPELINE_DATA)) expect(CATEGORIES).toContain(categoryOf(task));
  });
});
