import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANN, BOB, type BotBench, openBot } from './setup.ts';

const LAB = -1_001_000_000_777;

let bench: BotBench;
beforeEach(async () => {
  bench = await openBot({ concurrency: 0 });
});
afterEach(() => bench?.close());

const model = (id: number) => bench.store.models.getModel(id);

describe('/edit', () => {
  it('changes what stands behind it, and says what is so now', async () => {
    const id = bench.put('org/one');
    const line = `/edit #${id} title="My <b>_x_</b> 🚀" —tags=nlp,“small one” priority=high pinned=yes retries=2`;
    expect(await bench.ask(line.replace('—tags=nlp,“small one”', '—tags "nlp,small one"'))).toBe(
      'org/one · title “My <b>_x_</b> 🚀” · priority high · tags nlp, small one · pinned · 2 retries',
    );
    expect(model(id)).toMatchObject({ title: 'My <b>_x_</b> 🚀', priority: 'high', pinned: true, maxRetries: 2 });
    expect(await bench.ask('/edit org/one status=paused')).toBe('org/one is paused now.');
    expect(await bench.ask('/edit org/one status=paused')).toBe('org/one is paused already.');
    expect(await bench.ask('/edit org/one size=3')).toContain('There is no option “size”. Options here: title=');
  });

  it('says of a word behind the name that it means nothing there, and finds a title of several words', async () => {
    const id = bench.put('org/one');
    expect(await bench.ask(`/edit #${id} banana`)).toMatch(
      /^“banana” means nothing behind “#\d+”\. What shall change is written key=value: priority=high/,
    );
    expect(await bench.ask('/edit org/one "My model" pinned=yes')).toMatch(/^“My model” means nothing/);
    await bench.ask('/edit org/one title="My model"');
    expect(await bench.ask('/edit My model pinned=yes')).toBe('org/one · pinned');
  });

  it('changes many by a tag, a category, a status or all', async () => {
    const [one, two] = [bench.put('org/one'), bench.put('org/two', 'completed')];
    bench.store.models.setTags(one, ['nlp']);
    bench.store.models.updateModelDetails(two, { category: 'image' });
    expect(await bench.ask('/edit #nlp priority=low')).toBe('1 model changed.');
    expect(await bench.ask('/edit category:image pinned=yes')).toBe('1 model changed.');
    expect(await bench.ask('/edit status:pending #nlp enabled=no')).toBe('1 model changed.');
    expect(await bench.ask('/edit ALL tags=+x')).toBe('2 models changed.');
    expect(await bench.ask('/edit #none priority=low')).toBe(
      'No model of this library is like that. Nothing was changed.',
    );
    expect(await bench.ask('/edit all status=paused')).toMatch(
      /^1 model changed\. 1 model could not be changed: It is completed/,
    );
    expect(model(one)).toMatchObject({ priority: 'low', pinned: false, enabled: false });
    expect(model(two)).toMatchObject({ priority: 'medium', pinned: true, enabled: true });
  });

  it('of many counts as changed only what was not so before', async () => {
    const [one, two] = [bench.put('org/one'), bench.put('org/two')];
    bench.store.models.setTags(one, ['a', 'b']);
    expect(await bench.ask('/edit all enabled=yes')).toBe('Nothing was changed. 2 models were so already.');
    expect(await bench.ask('/edit all enabled=no')).toBe('2 models changed.');
    expect(await bench.ask(`/edit #${two} pinned=yes`)).toBe('org/two · pinned');
    expect(await bench.ask('/edit all pinned=yes')).toBe('1 model changed. 1 model was so already.');
    expect(await bench.ask('/edit all tags=a,b')).toBe('1 model changed. 1 model was so already.');
    expect(await bench.ask('/edit all tags=+b,-x')).toBe('Nothing was changed. 2 models were so already.');
    expect(await bench.ask('/edit all category=image priority=medium')).toBe('2 models changed.');
    expect(await bench.ask('/edit all category=IMAGE enabled=no')).toBe(
      'Nothing was changed. 2 models were so already.',
    );
    expect(await bench.ask('/edit all enabled=yes status=paused')).toBe('2 models changed.');
    expect(await bench.ask('/edit all status=paused')).toBe('Nothing was changed. 2 models were so already.');
  });

  it('of many changes what one may change oneself, in a group', async () => {
    const { telegram, store } = bench;
    telegram.addGroup({ id: LAB, title: 'Lab', members: [ANN, BOB], type: 'supergroup' });
    store.chats.upsertChat({ chatId: LAB, kind: 'supergroup', title: 'Lab' });
    store.chats.setAccess(LAB, 'approved');
    const make = (name: string, requestedBy: number) => store.models.createModel({ chatId: LAB, name, requestedBy }).id;
    const [mine, theirs] = [make('org/mine', BOB), make('org/theirs', ANN)];
    expect(await bench.ask('/edit@hubgram_bot all pinned=yes', { userId: BOB, chatId: LAB })).toBe(
      '1 model changed. 1 model of others stays as it is.',
    );
    expect([mine, theirs].map((id) => model(id)?.pinned)).toEqual([true, false]);
    expect(await bench.ask(`/edit #${theirs} pinned=yes`, { userId: BOB, chatId: LAB })).toMatch(
      /^Only the person who asked for it/,
    );
    expect(await bench.ask(`/categories add x`, { userId: BOB, chatId: LAB })).toMatch(/^Only an admin of this group/);
    expect(model(theirs)?.pinned).toBe(false);
  });
});

describe('/categories', () => {
  it('lists them, makes one, changes it and takes it away', async () => {
    const id = bench.put('org/one');
    expect(await bench.ask('/categories add “LoRA & co” icon=🧩 description="Small ones" order=1')).toBe(
      'There is a category LoRA & co 🧩 now. /edit #12 category="LoRA & co" puts a model into it.',
    );
    expect(await bench.ask(`/edit #${id} category="lora & co"`)).toBe('org/one · category LoRA & co');
    expect((await bench.ask('/categories')).split('\n').slice(0, 3)).toEqual([
      'Categories',
      'text 📝 · Language models and text classifiers',
      'LoRA & co 🧩 · 1 model · Small ones',
    ]);
    expect(await bench.ask('/categories edit LoRA & co name=Adapters icon=none')).toBe(
      'Changed: it is listed as “Adapters” now.',
    );
    expect(await bench.ask('/library adapters')).toContain('1 model');
    expect(await bench.ask('/categories remove Adapters')).toBe(
      'The category Adapters is removed; 1 model of it is under custom now.',
    );
    expect(await bench.ask('/categories add')).toContain('Which category?');
    expect(await bench.ask('/categories paint x')).toContain('“paint” is nothing that can be done');
  });
});
