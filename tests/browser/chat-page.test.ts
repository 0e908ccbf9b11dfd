import { afterAll, describe } from 'vitest';
import { chromiumPath, openBrowser } from './browser.ts';
import { describeButtons } from './buttons.ts';
import { describeComposer } from './composer.ts';
import { describeDrafts } from './drafts.ts';
import { describeLook } from './look.ts';
import { describeMessages } from './messages.ts';
import { describeEmptyChat, describePeople } from './people.ts';
import { describeSearch } from './search.ts';

/* One file of tests for one browser: the start of a Chromium takes as long as four of them. */

const browser = openBrowser();
afterAll(() => browser.close());

describe.skipIf(chromiumPath === undefined)('the chat page', () => {
  describe('buttons under messages', () => {
    describeButtons(browser);
  });
  describe('the message box', () => {
    describeComposer(browser);
  });
  describe('what the bot is writing', () => {
    describeDrafts(browser);
  });
  describe('the look of the chat page', () => {
    describeLook(browser);
  });
  describe('messages on the chat page', () => {
    describeMessages(browser);
  });
  describe('people, chats and the connection', () => {
    describePeople(browser);
  });
  describe('an empty chat', () => {
    describeEmptyChat(browser);
  });
  describe('what was found, on the chat page', () => {
    describeSearch(browser);
  });
});
