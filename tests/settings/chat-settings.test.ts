import { describe, expect, it, vi } from 'vitest';
import { addCategory, editCategory, removeCategory } from '../../src/library/categories.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createSettings, type Settings } from '../../src/settings/settings.ts';
import { type Bench, CHAT, failure, GROUP, openBench } from '../store/setup.ts';

const ANN = CHAT;
const BOB = 1002;

const open = (): Settings & Bench => {
  const bench = openBench();
  return { ...bench, ...createSettings(bench.store, { given: {}, log: silentLog }) };
};

const originOf = (settings: Settings, chatId: number, key: string): string | undefined =>
  settings.listChat(chatId).find((setting) => setting.key === key)?.origin;

describe('the settings of a chat', () => {
  it('are as usual until somebody sets them, each chat for itself', () => {
    const settings = open();
    const usual = {
      default_category: undefined,
      default_quantize: 'auto',
      start: 'schedule',
      notifications: true,
      digest: undefined,
      quiet_hours: undefined,
      check_frequency: 'daily',
      always_update: false,
      always_link: false,
      check_after_download: false,
      check_context: 4096,
      auto_clear: true,
      auto_clear_hours: 24,
      compact_cards: false,
    };
    expect(settings.chat(GROUP)).toEqual(usual);
    settings.setChat(GROUP, 'default_quantize', 'Q8_0');
    settings.setChat(GROUP, 'start', 'wait');
    settings.setChat(GROUP, 'always_update', 'on');
    expect(settings.chat(GROUP)).toEqual({ ...usual, default_quantize: 'Q8_0', start: 'wait', always_update: true });
    expect(settings.chat(ANN)).toEqual(usual);
    expect([originOf(settings, GROUP, 'start'), originOf(settings, GROUP, 'always_link')]).toEqual(['chat', 'default']);
    settings.resetChat(GROUP, 'start');
    expect(settings.chat(GROUP).start).toBe('schedule');
  });

  it('are read once each, with what the person prefers: the board asks for all of them at each card', () => {
    const { store, setChat } = open();
    setChat(ANN, 'notifications', 'off');
    store.chats.upsertChat({ chatId: GROUP, kind: 'supergroup', title: 'Lab' });
    const getPreferences = vi.spyOn(store.preferences, 'getPreferences');
    const { chat } = createSettings(store, { given: {}, log: silentLog });
    expect(chat(ANN).notifications).toBe(false);
    expect(getPreferences.mock.calls).toEqual([[ANN]]);
    chat(GROUP, ANN);
    expect(getPreferences.mock.calls).toEqual([[ANN], [ANN]]);
  });

  it('take no value that a key does not take, and no category that the chat does not have', () => {
    const { setChat } = open();
    expect(failure(() => setChat(GROUP, 'start', 'soon')).message).toBe(
      'start takes schedule, now or wait, not “soon”.',
    );
    expect(failure(() => setChat(GROUP, 'default_quantize', 'small')).message).toContain('such as Q4_K_M');
    expect(failure(() => setChat(GROUP, 'default_category', 'films')).message).toBe(
      'There is no category “films” here.',
    );
    expect(failure(() => setChat(ANN, 'default_category', 'films')).code).toBe('validation');
  });

  it('take what is written in any letter case', () => {
    const settings = open();
    addCategory(settings.store, GROUP, 'LoRA', {});
    for (const [key, typed] of [
      ['default_quantize', 'q4_k_m'],
      ['start', ' NOW'],
      ['default_category', 'lora'],
    ] as const)
      settings.setChat(GROUP, key, typed);
    expect(settings.chat(GROUP)).toMatchObject({ default_quantize: 'Q4_K_M', start: 'now', default_category: 'LoRA' });
    settings.setChat(GROUP, 'default_quantize', 'FP16');
    expect(settings.chat(GROUP).default_quantize).toBe('fp16');
    settings.setChat(GROUP, 'default_quantize', 'Q4F16');
    expect(settings.chat(GROUP).default_quantize).toBe('q4f16');
  });

  it('of another version, or with a value that none takes any more, are as usual', () => {
    const settings = open();
    settings.raw.exec(`INSERT INTO chat_settings (chat_id, key, value, updated_at) VALUES
      (${GROUP}, 'start', 'soon', '2026-11-21T12:00:00.000Z'), (${GROUP}, 'colour', 'red', '2026-11-21T12:00:00.000Z'),
      (${GROUP}, 'default_category', 'films', '2026-11-21T12:00:00.000Z')`);
    expect(settings.chat(GROUP)).toMatchObject({ start: 'schedule', default_category: undefined });
    expect(settings.listChat(GROUP).map(({ key }) => key)).not.toContain('colour');
  });

  it('move along when a group becomes a supergroup: what the old one says counts', () => {
    const settings = open();
    settings.setChat(GROUP, 'start', 'now');
    settings.setChat(-100_999, 'start', 'wait');
    settings.store.chats.migrateChat(GROUP, -100_999);
    expect(settings.chat(-100_999).start).toBe('now');
    expect(settings.chat(GROUP).start).toBe('schedule');
  });
});

describe('whether a person wants to hear of things', () => {
  it('is what their private chat says, and nothing that a group takes over', () => {
    const settings = open();
    settings.setChat(ANN, 'notifications', 'off');
    expect(settings.store.preferences.getPreferences(ANN).notificationEnabled).toBe(false);
    expect(settings.chat(ANN).notifications).toBe(false);
    expect(settings.listChat(ANN).find(({ key }) => key === 'notifications')).toMatchObject({
      text: 'off',
      origin: 'chat',
    });
    expect(settings.chat(GROUP, ANN).notifications).toBe(true);
    settings.resetChat(ANN, 'notifications');
    expect(settings.chat(ANN).notifications).toBe(true);
    settings.setChat(GROUP, 'notifications', 'off');
    expect(settings.chat(GROUP).notifications).toBe(false);
    expect(settings.store.preferences.getPreferences(GROUP).notificationEnabled).toBe(true);
  });
});

describe('when to clear', () => {
  const clears = ({ store }: Settings & Bench, chatId: number) => {
    const { autoClearEnabled: isOn, autoClearHours: hours } = store.chats.getChat(chatId) ?? {};
    return [isOn, hours];
  };
  const openWithGroup = () => {
    const settings = open();
    const { chats } = settings.store;
    chats.upsertChat({ chatId: ANN, kind: 'private', title: 'Ann' });
    chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
    chats.noteBroughtBy(GROUP, ANN);
    return settings;
  };

  it('is what a private chat says, and what the data model keeps of the person', () => {
    const settings = openWithGroup();
    settings.setChat(ANN, 'auto_clear', 'off');
    settings.setChat(ANN, 'auto_clear_hours', '6');
    expect(settings.store.preferences.getPreferences(ANN)).toMatchObject({
      autoClearEnabled: false,
      autoClearHours: 6,
    });
    expect(settings.chat(ANN)).toMatchObject({ auto_clear: false, auto_clear_hours: 6 });
    expect(clears(settings, ANN)).toEqual([false, 6]);
    settings.resetChat(ANN, 'auto_clear');
    settings.resetChat(ANN, 'auto_clear_hours');
    expect(clears(settings, ANN)).toEqual([true, 24]);
    expect(originOf(settings, ANN, 'auto_clear_hours')).toBe('default');
  });

  it('holds in groups that the person brought in and that say nothing, and in no others', () => {
    const settings = openWithGroup();
    settings.store.chats.upsertChat({ chatId: -7, kind: 'group', title: 'Others' });
    settings.store.chats.noteBroughtBy(-7, BOB);
    settings.setChat(ANN, 'auto_clear', 'off');
    settings.setChat(ANN, 'auto_clear_hours', '6');
    expect(settings.chat(GROUP, BOB)).toMatchObject({ auto_clear: false, auto_clear_hours: 6 });
    expect([clears(settings, GROUP), clears(settings, -7)]).toEqual([
      [false, 6],
      [true, 24],
    ]);
    expect(originOf(settings, GROUP, 'auto_clear')).toBe('person');
    expect(settings.chat(-7, ANN)).toMatchObject({ auto_clear: true, auto_clear_hours: 24 });
  });

  it('stands back where the group says something, key by key, until that is taken back', () => {
    const settings = openWithGroup();
    settings.setChat(GROUP, 'auto_clear', 'on');
    settings.setChat(ANN, 'auto_clear', 'off');
    settings.setChat(ANN, 'auto_clear_hours', '6');
    expect(settings.chat(GROUP)).toMatchObject({ auto_clear: true, auto_clear_hours: 6 });
    expect(clears(settings, GROUP)).toEqual([true, 6]);
    settings.setChat(GROUP, 'auto_clear_hours', '47');
    expect(clears(settings, GROUP)).toEqual([true, 47]);
    settings.resetChat(GROUP, 'auto_clear');
    settings.resetChat(GROUP, 'auto_clear_hours');
    expect(clears(settings, GROUP)).toEqual([false, 6]);
  });

  it('is known of a group as soon as somebody has brought it in; of several people the first counts', () => {
    const settings = open();
    settings.setChat(ANN, 'auto_clear_hours', '6');
    settings.store.chats.upsertChat({ chatId: GROUP, kind: 'group', title: 'Lab' });
    settings.store.chats.noteBroughtBy(GROUP, ANN);
    settings.store.chats.noteBroughtBy(GROUP, BOB);
    expect(clears(settings, GROUP)).toEqual([true, 6]);
    settings.store.chats.migrateChat(GROUP, -100_999);
    expect(clears(settings, -100_999)).toEqual([true, 6]);
    expect(settings.chat(-100_999).auto_clear_hours).toBe(6);
  });

  it('is what the supergroup has said that a group became, where the group had said nothing', () => {
    const settings = openWithGroup();
    settings.setChat(-100_999, 'auto_clear_hours', '3');
    settings.store.chats.migrateChat(GROUP, -100_999);
    expect(settings.chat(-100_999).auto_clear_hours).toBe(3);
    expect(clears(settings, -100_999)).toEqual([true, 3]);
  });

  it.each(['0', '48', '1.5', 'a day'])('takes no %s hours', (hours) => {
    const settings = openWithGroup();
    expect(failure(() => settings.setChat(GROUP, 'auto_clear_hours', hours)).message).toBe(
      `auto_clear_hours takes a whole number from 1 to 47, not “${hours}”.`,
    );
  });
});

describe('the category that a person likes', () => {
  it('is what their private chat says, and holds for what they add in a group that says nothing', () => {
    const settings = open();
    settings.setChat(ANN, 'default_category', 'image');
    expect(settings.store.preferences.getPreferences(ANN).defaultCategory).toBe('image');
    expect(settings.chat(ANN).default_category).toBe('image');
    expect(originOf(settings, ANN, 'default_category')).toBe('chat');
    expect(settings.chat(GROUP, ANN).default_category).toBe('image');
    expect(settings.chat(GROUP, BOB).default_category).toBeUndefined();
    settings.resetChat(ANN, 'default_category');
    expect(settings.chat(GROUP, ANN).default_category).toBeUndefined();
  });

  it('stands back where the group says something, also that the task decides', () => {
    const settings = open();
    settings.setChat(ANN, 'default_category', 'image');
    settings.setChat(GROUP, 'default_category', 'audio');
    expect(settings.chat(GROUP, ANN).default_category).toBe('audio');
    settings.setChat(GROUP, 'default_category', 'auto');
    expect(settings.chat(GROUP, ANN).default_category).toBeUndefined();
  });

  it('holds only where there is that category', () => {
    const settings = open();
    addCategory(settings.store, ANN, 'drafts', {});
    settings.setChat(ANN, 'default_category', 'drafts');
    expect(settings.chat(ANN).default_category).toBe('drafts');
    expect(settings.chat(GROUP, ANN).default_category).toBeUndefined();
  });

  it('gets the new name of a category, and goes with it', () => {
    const settings = open();
    for (const chatId of [ANN, GROUP]) {
      addCategory(settings.store, chatId, 'drafts', {});
      settings.setChat(chatId, 'default_category', 'drafts');
      editCategory(settings.store, chatId, 'drafts', { name: 'sketches' });
      expect(settings.chat(chatId).default_category).toBe('sketches');
      removeCategory(settings.store, chatId, 'sketches');
      expect(settings.chat(chatId).default_category).toBeUndefined();
      expect(settings.listChat(chatId)[0]?.origin).toBe('default');
      addCategory(settings.store, chatId, 'sketches', {});
      expect(settings.chat(chatId).default_category).toBeUndefined();
    }
  });

  it('has no name that stands for the one by the model’s task', () => {
    const { store } = open();
    expect(failure(() => addCategory(store, GROUP, 'Auto', {})).message).toContain('means something else in /settings');
  });
});
