import { activityFeature } from './activity/feature.ts';
import { addFeature } from './add/feature.ts';
import { appsFeature } from './apps/feature.ts';
import { adoptFeature } from './adopt/feature.ts';
import type { Feature } from './feature.ts';
import { backupFeature } from './backup/feature.ts';
import { categoriesFeature } from './categories/feature.ts';
import { checkFeature } from './check/feature.ts';
import { configurationFeature } from './configuration/feature.ts';
import { detailsFeature } from './details/feature.ts';
import { editFeature } from './edit/feature.ts';
import { logsFeature } from './logs/feature.ts';
import { filesFeature } from './files/feature.ts';
import { helpFeature } from './help/feature.ts';
import { hostsFeature } from './hosts/feature.ts';
import { historyFeature } from './history/feature.ts';
import { jobsFeature } from './jobs/feature.ts';
import { libraryFeature } from './library/feature.ts';
import { movingFeature } from './moving/feature.ts';
import { peopleFeature } from './people/feature.ts';
import { quotasFeature } from './quotas/feature.ts';
import { queueFeature } from './queue/feature.ts';
import { renewalsFeature } from './renewals/feature.ts';
import { schedulesFeature } from './schedules/feature.ts';
import { statusFeature } from './status/feature.ts';
import { storageFeature } from './storage/feature.ts';
import { searchFeature } from './search/feature.ts';
import { talksFeature } from './talks/feature.ts';
import { tokensFeature } from './tokens/feature.ts';
import { undoFeature } from './undo/feature.ts';
import { settingsFeature } from './settings/feature.ts';
import { readmeFeature } from './readme/feature.ts';
import { verifyFeature } from './verify/feature.ts';

/**
 * Everything the bot can do, in the order of the topics of /help. What is written and is no command is offered to each in
 * turn: help comes last and answers what no other took.
 */
export const FEATURES: readonly Feature[] = [
  addFeature,
  searchFeature,
  queueFeature,
  schedulesFeature,
  libraryFeature,
  undoFeature,
  detailsFeature,
  filesFeature,
  readmeFeature,
  editFeature,
  renewalsFeature,
  categoriesFeature,
  historyFeature,
  appsFeature,
  movingFeature,
  tokensFeature,
  settingsFeature,
  quotasFeature,
  storageFeature,
  statusFeature,
  hostsFeature,
  verifyFeature,
  checkFeature,
  talksFeature,
  configurationFeature,
  backupFeature,
  jobsFeature,
  adoptFeature,
  activityFeature,
  logsFeature,
  peopleFeature,
  helpFeature,
];
