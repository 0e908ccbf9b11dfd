interface SayingQueue {
  readonly retry: () => boolean;
  readonly resume: () => boolean;
  readonly startNow: () => boolean;
  readonly renew: () => boolean;
  readonly change: () => boolean;
  readonly setEnabled: () => number;
  readonly wake: () => undefined;
}

/** What adding asks of the queue, where the test is about neither: every wish is answered like this, and nothing runs. */
export const queueSaying = (answer: boolean): SayingQueue => {
  const said = (): boolean => answer;
  return {
    retry: said,
    resume: said,
    startNow: said,
    renew: said,
    change: said,
    setEnabled: () => 0,
    wake: () => undefined,
  };
};
