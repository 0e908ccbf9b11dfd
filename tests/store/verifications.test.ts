import { expect, it } from 'vitest';
import { fullScans, plansOf } from './plans.ts';
import { CHAT, fileOf, hash, openBench } from './setup.ts';

it('no reading of what is to be read goes through a whole table', () => {
  const bench = openBench();
  const plans = plansOf(bench, (store) => {
    const model = store.models.createModel({
      chatId: CHAT,
      name: 'org/name',
      commitSha: hash('c', 40),
      files: [fileOf('a')],
    });
    store.models.moveModel(model.id, 'pending', 'downloading');
    store.models.moveModel(model.id, 'downloading', 'completed', { downloadPath: '/cache' });
    const asked = { chatId: CHAT, userId: 1, threadId: null, messageId: 1 };
    const id = store.verifications.createVerification({ ...asked, updateId: 1 })?.id ?? 0;
    store.verifications.createAdoption({ ...asked, updateId: 2 }, { all: true });
    store.verifications.nextUnlisted([]);
    store.verifications.nextItems([]);
    store.verifications.itemsIn(id, ['waiting'], 1);
    store.verifications.sumItems(id);
    store.verifications.countItems(id);
    store.verifications.verificationsToDraw();
    store.verifications.lastRoundAt();
    store.verifications.isRoundOpen();
    store.copies.commitsKept({ repoType: 'model', name: 'org/name' });
  });
  expect(plans.length).toBeGreaterThan(10);
  expect(fullScans(bench, plans)).toEqual([]);
});
