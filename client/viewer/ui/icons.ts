/** Paths of icons in a square of 24 units, drawn as strokes. */
export const ICONS = {
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20',
  close: 'M6 6l12 12M18 6 6 18',
  home: 'M4 11.5 12 5l8 6.5M6.5 10v9h11v-9',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  grid: 'M4 8h16M4 16h16M8 4v16M16 4v16',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  help: 'M9 9.5a3 3 0 1 1 4.2 2.7c-.8.4-1.2 1-1.2 1.8v.5M12 17.5v.2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  fly: 'M20 4 4 11l6.5 2.5L13 20z',
  colours:
    'M12 4a8 8 0 1 0 0 16c1.5 0 1.5-1.5 1-2.5s0-2 1.5-2H17a3 3 0 0 0 3-3c0-4.5-3.5-8.5-8-8.5zM8 11h.01M11 8h.01M15 8.5h.01',
  exclude: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM6.5 6.5l11 11',
  filter: 'M4 6h16l-6.5 7.5V19l-3-1.5v-4z',
  regions: 'M12 4l7 4v8l-7 4-7-4V8zM5 8l7 4 7-4M12 12v8',
  nearby: 'M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM12 3v3M12 18v3M3 12h3M18 12h3',
} as const;
