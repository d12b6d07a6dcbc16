/** Who may import whom; the table stands in docs/architecture.md. `npm test -- layers` runs it. */

const inPackages = (...names) => `^node_modules/(${names.join('|')})(/|$)`;
const facts = '^shared/(facts|hba|config|firewall|access|tls|roles|updates|lib)/';

/** Programs that hand facts from Electron to the rest. */
const electronSide = '^main/(electron/|preload/|index\\.ts$)';
/** The only folders that may open a door to a target or start a program; besides, Electron starts itself. */
const doors = [
  '^main/(host|ssh|postgres|practice)/',
  '^main/electron/without-display\\.ts$',
  '^main/report/print\\.ts$',
];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment:
        'Two modules that need each other are one, or there is a third in them. Types may refer to each other.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '\\.css$|^virtual:' },
    },
    {
      name: 'shared-is-pure',
      comment: 'shared/ runs in both processes and in tests: no Node, no DOM, no Electron, no React.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { pathNot: ['^shared/', inPackages('zod', 'ipaddr\\.js', 'diff')] },
    },
    {
      name: 'checks-see-facts-only',
      severity: 'error',
      from: { path: '^shared/checks/[^/]+/' },
      to: { path: '^(shared/(fixes|plan|contract|report)/|main/|renderer/)' },
    },
    {
      name: 'checks-do-not-see-each-other',
      comment: 'What several checks need stands in checks/support/, or with its subject.',
      severity: 'error',
      from: { path: '^shared/checks/[^/]+/', pathNot: ['^shared/checks/support/', '/index\\.ts$'] },
      to: { path: '^shared/checks/[^/]+/', pathNot: '^shared/checks/support/' },
    },
    {
      name: 'support-does-not-see-checks',
      severity: 'error',
      from: { path: '^shared/checks/support/' },
      to: { path: '^shared/checks/[^/]+/', pathNot: '^shared/checks/support/' },
    },
    {
      name: 'subjects-do-not-see-checks',
      comment: 'What is known about a subject does not depend on who judges it.',
      severity: 'error',
      from: { path: facts },
      to: { path: '^shared/(checks|fixes|plan|profiles|report|contract)/' },
    },
    {
      name: 'fixes-do-not-see-checks',
      severity: 'error',
      comment: 'How findings and answers are worded and found, in checks/support/, serves both.',
      from: { path: '^shared/fixes/' },
      to: {
        path: '^shared/checks/',
        pathNot: ['^shared/checks/define-check\\.ts$', '^shared/checks/support/'],
      },
    },
    {
      name: 'main-without-electron',
      comment: 'The terminal program is the same engine without Electron.',
      severity: 'error',
      from: { path: '^main/', pathNot: electronSide },
      to: { path: ['^electron$', inPackages('electron'), electronSide, '^renderer/'] },
    },
    {
      name: 'electron-side-without-doors',
      severity: 'error',
      from: { path: electronSide },
      to: { path: [inPackages('ssh2', 'pg', '@types/ssh2', '@types/pg'), '^renderer/'] },
    },
    {
      name: 'preload-knows-the-contract-only',
      severity: 'error',
      from: { path: '^main/preload/' },
      to: { pathNot: ['^electron$', inPackages('electron'), '^shared/contract/', inPackages('zod')] },
    },
    {
      name: 'doors-only',
      comment: 'Programs are started, and targets reached, in these folders only.',
      severity: 'error',
      from: { path: '^(main|shared|renderer)/', pathNot: doors },
      to: { path: ['^(node:)?child_process$', inPackages('ssh2', 'pg', '@types/ssh2', '@types/pg')] },
    },
    {
      name: 'renderer-is-a-page',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: ['^main/', '^electron$', inPackages('electron', 'ssh2', 'pg')] },
    },
    {
      name: 'renderer-without-node',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'ui-without-knowledge-of-the-program',
      severity: 'error',
      from: { path: '^renderer/ui/' },
      to: { path: '^renderer/(store|api|steps|history)/' },
    },
    {
      name: 'program-without-tests-and-tools',
      severity: 'error',
      from: { path: '^(main|renderer|shared)/' },
      to: { path: '^(test|build)/' },
    },
    {
      name: 'main-with-shipped-packages-only',
      comment: 'The packaged program has the dependencies only; the renderer is bundled.',
      severity: 'error',
      from: { path: '^main/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: inPackages('electron'),
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
