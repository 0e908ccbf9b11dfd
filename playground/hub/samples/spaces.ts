/** Apps, of which nothing can be downloaded here: what each uses, as the Hub has found out. */
export const SPACES: Readonly<
  Record<string, { readonly models: readonly string[]; readonly datasets: readonly string[] }>
> = {
  'sample/tiny-demo': { models: ['sample/tiny-llama', 'sample/tiny-diffusion'], datasets: ['sample/tiny-dataset'] },
};
