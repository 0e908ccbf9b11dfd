import { table } from '../../lib/table.ts';
import type { Words } from './words.ts';

/** What people do by buttons whose names would tell them nothing, or are those of commands that do more. */
export const BUTTONS = table<Words>({
  addRead: ['add what they read about', 'added what they read about'],
  admit: ['let … in after all', 'let … in after all'],
  alsoOn: ['bring … onto another machine too', 'brought … onto another machine too'],
  approve: ['let … in', 'let … in'],
  askRole: ['be asked about the role of', 'was asked about the role of'],
  base: ['add what an adapter is for', 'added what an adapter is for'],
  branch: ['choose the branch of', 'chose the branch of'],
  bring: ['import a list', 'imported a list'],
  cleanup: ['look at what a clean-up takes', 'looked at what a clean-up takes'],
  config: ['look at the configuration', 'looked at the configuration'],
  deny: ['be asked whether to keep out', 'was asked whether to keep out'],
  files: ['look at the files of', 'looked at the files of'],
  finds: ['look at what can be adopted', 'looked at what can be adopted'],
  found: ['add a hit of a search', 'added a hit of a search'],
  help: ['look at the help', 'looked at the help'],
  history: ['look at the history', 'looked at the history'],
  hits: ['look at hits of a search', 'looked at hits of a search'],
  elsewhere: ['look where else it may lie', 'looked where else it may lie'],
  host: ['look at the hosts', 'looked at the hosts'],
  invitation: ['look at an invitation', 'looked at an invitation'],
  invitations: ['look at the invitations', 'looked at the invitations'],
  jobAsk: ['be asked whether to remove', 'was asked whether to remove'],
  jobRemove: ['remove … from the inference server', 'removed … from the inference server'],
  jobUndo: ['bring … back to the inference server', 'brought … back to the inference server'],
  keep: ['leave things as they were', 'left things as they were'],
  leave: ['ignore an update of', 'ignored an update of'],
  list: ['add a list of models', 'added a list of models'],
  logs: ['look at the log', 'looked at the log'],
  machine: ['take over the settings of another machine', 'took over the settings of another machine'],
  mean: ['say which one was meant', 'said which one was meant'],
  moveTo: ['move … to another machine', 'moved … to another machine'],
  otherFiles: ['choose other files of', 'chose other files of'],
  others: ['look at the other ones', 'looked at the other ones'],
  pauseTheirs: ['pause what somebody downloads', 'paused what somebody downloads'],
  people: ['look at who is in', 'looked at who is in'],
  person: ['look at a person or group', 'looked at a person or group'],
  quota: ['look at the quotas of', 'looked at the quotas of'],
  quotaSet: ['change the quotas of', 'changed the quotas of'],
  readOf: ['read about a repository', 'read about a repository'],
  refusals: ['look at what was refused', 'looked at what was refused'],
  refuse: ['keep … out', 'kept … out'],
  removeHost: ['let a host go', 'let a host go'],
  rest: ['download what is missing of', 'downloaded what is missing of'],
  schedule: ['change a schedule', 'changed a schedule'],
  seek: ['search again', 'searched again'],
  sendFile: ['have a file sent of', 'had a file sent of'],
  setRole: ['change the role of', 'changed the role of'],
  settings: ['look at the settings', 'looked at the settings'],
  sort: ['sort the hits of a search', 'sorted the hits of a search'],
  status: ['look at the status', 'looked at the status'],
  stopTalk: ['stop an answer of a model', 'stopped an answer of a model'],
  storage: ['look at the storage', 'looked at the storage'],
  token: ['look at the tokens', 'looked at the tokens'],
  tokenOffer: ['answer what to do with a token', 'answered what to do with a token'],
  unbring: ['stop an import', 'stopped an import'],
  unsure: ['think again', 'thought again'],
  unverify: ['stop verifying', 'stopped verifying'],
  up: ['move … up', 'moved … up'],
  updateAll: ['update all', 'updated all'],
  waiting: ['look at who waits', 'looked at who waits'],
  zone: ['set the time zone to', 'set the time zone to'],
  zones: ['look at the time zone', 'looked at the time zone'],
});

/** Whose data begins with the number of a person or group. */
const ABOUT_SOMEBODY: ReadonlySet<string> = new Set(['askRole', 'setRole', 'quota', 'quotaSet']);

/** What a button was about, by what it carried; most of that is numbers, which tell people nothing. */
export const subjectOfButton = (action: string, said: string, nameOf: (id: number) => string): string => {
  if (said === '') return '';
  if (ABOUT_SOMEBODY.has(action)) return nameOf(Number(said.split(':')[0]));
  if (action === 'setting') return said.replace(':', ' to ');
  return action === 'zone' ? said : '';
};
