// Written by `npm run fold`. Do not edit.
import type { FoldTable } from './fold.ts';
import { parseFold } from './fold-text.ts';

const unicode = '17.0';

const map = `
1t:w 1:w*25 2j:lj b:-2n,lc 1:-2o,ld 1:-2p,le 1:-2q,lf 1:-2r,lk 1:-2s,lm 1:w 1:-2s,mf 1:-2r,lc 1:-2s,ld
1:-2t,le 1:-2u,lk 1:-2r,lc 1:-2s,ld 1:-2t,le 1:-2u,lk 1:w 1:-2r,lf 1:-2r,lc 1:-2s,ld 1:-2t,le 1:-2u,lf
1:-2v,lk 2:w 1:-2s,lc 1:-2t,ld 1:-2u,le 1:-2v,lk 1:-2s,ld 1:w 1:-30,37 1:-3j,lc 1:-3k,ld 1:-3l,le 1:-3m,lf
1:-3n,lk 1:-3o,lm 2:-3o,mf 1:-3n,lc 1:-3o,ld 1:-3p,le 1:-3q,lk 1:-3n,lc 1:-3o,ld 1:-3p,le 1:-3q,lk 2:-3n,lf
1:-3n,lc 1:-3o,ld 1:-3p,le 1:-3q,lf 1:-3r,lk 3:-3o,lc 1:-3p,ld 1:-3q,le 1:-3r,lk 1:-3o,ld 2:-3q,lk 1:-4f,lg
1:-4g,lg 1:-4h,li 1:-4i,li 1:-4j,mg 1:-4k,mg 1:-4j,ld 1:-4k,ld 1:-4l,le 1:-4m,le 1:-4n,lj 1:-4o,lj 1:-4p,lo
1:-4q,lo*2 1:-4r,lo 1:1 2:-4t,lg 1:-4u,lg 1:-4v,li 1:-4w,li 1:-4x,lj 1:-4y,lj 1:-4z,mg 1:-50,mg 1:-51,lo
1:-52,lo 1:-51,le 1:-52,le 1:-53,li 1:-54,li 1:-55,lj 1:-56,lj 1:-57,mf 1:-58,mf 1:-58,le 1:-59,le 1:1
2:-5b,lf 1:-5c,lf 1:-5d,lg 1:-5e,lg 1:-5f,li 1:-5g,li 1:-5h,mg 1:-5i,mg 1:-5j,lj 2:1 2:-5m,le 1:-5n,le
1:-5n,mf 1:-5o,mf 2:-5p,ld 1:-5q,ld 1:-5r,mf 1:-5s,mf 1:-5t,lo 1:-5u,lo 1:1 2:1 2:-5x,ld 1:-5y,ld 1:-5z,mf
1:-60,mf 1:-61,lo 1:-62,lo 1:ab,32 1:1 2:-65,lg 1:-66,lg 1:-67,li 1:-68,li 1:-69,ln 1:-6a,ln 1:1 2:-6a,ld
1:-6b,ld 1:-6c,mf 1:-6d,mf 1:-6e,lo 1:-6f,lo 1:-6f,ld 1:-6g,ld 1:-6h,le 1:-6i,le 1:-6j,mf 1:-6k,mf 1:-6l,lo
1:-6m,lo 1:-6m,mf 1:-6n,mf 1:-6o,lo 1:-6p,lo 1:1 2:-6r,lf 1:-6s,lf 1:-6t,lg 1:-6u,lg 1:-6v,li 1:-6w,li
1:-6x,lm 1:-6y,lm 1:-6z,ln 1:-70,ln 1:-71,mg 1:-72,mg 1:-71,le 1:-72,le 1:-71,le 1:-72,le 1:-73,lk 1:-73,ld
1:-74,ld 1:-75,lj 1:-76,lj 1:-77,lo 1:-78,lo 1:-7g 2:5u 1:1 2:1 2:5q 1:1 2:5p 1:5p 1:1 3:27 1:5m 1:5n 1:1 2:5p
1:5r 2:5v 1:5t 1:1 4:5v 1:5x 2:5y 1:-8h,m3 1:-8i,m3 1:1 2:1 2:62 1:1 2:62 3:1 2:62 1:-8q,m3 1:-8r,m3 1:61*2
1:1 2:1 2:63 1:1 4:1 8:2 1:1 2:2 1:1 2:2 1:1 2:-a4,lo 1:-a5,lo 1:-9y,lo 1:-9z,lo 1:-9u,lo 1:-9v,lo 1:-9q,lo
1:-9r,lo 1:-9s,lk,lg 1:-9t,lk,lg 1:-9u,lk,ld 1:-9v,lk,ld 1:-9w,lk,lo 1:-9x,lk,lo 1:-9y,lk,lc 1:-9z,lk,lc
2:-al,lk,lg 1:-am,lk,lg 1:-an,lj,lg 1:-ao,lj,lg 1:-70,lg 1:-71,lg 1:1 2:-an,lo 1:-ao,lo 1:-al,lo 1:-am,lo
1:-aj,mg 1:-ak,mg 1:-al,mg,lg 1:-am,mg,lg 1:4k,lo 1:4j,lo 1:-au,lo 1:2 1:1 2:-b1,ld 1:-b2,ld 1:-2p 1:-1k
1:-ay,lc 1:-az,lc 1:-bd,lm,ld 1:-be,lm,ld 1:-7q,ld 1:-7r,ld 1:-7a,ld 1:-7b,ld 1:-bj,lr 1:-bk,lr 1:-bl,lt
1:-bm,lt 1:-bj,lr 1:-bk,lr 1:-bl,lt 1:-bm,lt 1:-bj,lr 1:-bk,lr 1:-bl,lt 1:-bm,lt 1:-bh,lr 1:-bi,lr 1:-bj,lt
1:-bk,lt 1:-bi,lr 1:-bj,lr 1:-bk,lt 1:-bl,lt 1:-bj,lr 1:-bk,lr 1:-bl,lt 1:-bm,lt 1:-bp,me 1:-bq,me*2 1:-br,me
1:1 2:-c6,lo 1:-c7,lo 1:-3m 2:1*2 2:-cl,lj 1:-cm,lj 1:-cj,mf 1:-ck,mf 1:-cb,lk,lg 1:-cc,lk,lg 1:-cd,lf,lg
1:-ce,lf,lg 1:-cf,lj 1:-cg,lj 1:-ch,lj,lg 1:-ci,lj,lg 1:-c9,lg 1:-ca,lg 7:8bv 1:1 2:-4j 1:8bs 3:1 2:-5f 1:1x
1:1z 1:1 2:1*4 6q:-1s 1:-1s 2:-1c 1:-1o,ld 18:1 2:1 2:-57 2:1 8:-n7 1:38 6:-kd,ld 1:17,ld 1:-k0 1:19,ld
1:1a,ld 1:1b,ld 2:1f,ld 2:1j,ld 1:1m,ld 1:15,lk,ld 1:w*17 2:w 1:w*6 1:f,lk 1:q,lk 1:5,ld 1:8,ld 1:9,ld 1:a,ld
1:l,lk,ld i:1 8:-h,lk 1:-6,lk 1:-d,ld 1:-8,ld 1:-5,ld 1:8 1:-u 1:-p 2:-1,ld 1:-2,lk 1:-f 1:-m 2:1*12 2:-1i
1:-1c 3:-1o 1:-1s 2:1 2:-7 1:1 3:-3m 1:-3m*2 1:1h,lc 1:1g,lk 1:28 1:1c,ld 1:28*3 1:27,lk 1:28*4 1:1a,ld
1:17,lc 1:1h,li 1:28 1:w*9 1:v,li 1:w*22 a:-1,li n:-r,lc 1:-s,lk 2:-w,ld 4:-1,lk 5:-y,ld 1:-11,lc 1:-r,li
2:1*11 2:-1,lr 1:-2,lr 1:1 2:1*4 a:1 2:1*26 2:f 1:-3v,li 1:-3w,li 1:1 2:1*5 3:-4g,li 1:-4h,li 1:-4i,lk
1:-4j,lk 1:1 2:-4h,li 1:-4i,li 1:1 2:-1,lk 1:-2,lk 1:-4m,lk 1:-4n,lk*2 1:-4o,lk 1:1 2:-4q,lg 1:-4r,lg 1:-4s,lk
1:-4t,lk 1:-4o,lk 1:-4p,lk 1:1 2:-1,lk 1:-2,lk 1:-4f,lk 1:-4g,lk 1:-4r,lg 1:-4s,lg 1:-4t,lk 1:-4u,lk 1:-4v,ln
1:-4w,ln 1:-4t,lk 1:-4u,lk 1:1 2:-4t,lk 1:-4u,lk 1:1 2:1*26 3:1c 1:1c*37 1d:-y,136 4b:5,18z 1:4,190 1:10,190
1:2,191 1:10,190 4a:l,190 2:-1,190 h:-1,190 gm:-1,1to 8:-1,1to 3:-1,1to 10:-1v,1to 1:-1v,1to*2 1:-1r,1to
1:-1n,1to*2 1:-1f,1to 1:-1c,1to 30:-4,1xa 1:-5,1xz g:-1n,1x8 1:-1n,1x8 2:-1c,1x8 2c:-1,20s 3:2,20s z:-1v,20s
1:-1v,20s 1:-1r,20s 3:-1f,20s 6i:-1,28m 3:-4,27y 1:-5,28n g:-1n,27w 1:-1n,27w 1j:-2,2c7 1i:-4,2bi 1:-4,2bi
1:-6,2c7 3g:-2,2fq 3c:-1,2j9 7:-1,2j9 1:-2,2ja 2:-4,2iq 1:-5,2iq,2j9 3j:-4,2m6 1:-4,2m6 1:-6,2mv 3y:-1,2q2
2:-3,2q7 1:-4,2q7,2q2 1:-5,2qn 9x:-1,33r a:-1,33r 5:-1,33r*3 d:-15,33p a:-2,31u 2:-4,31w 1:1o,328 2:1n,328
9:-g,328 i:-1,33r a:-1,33r 5:-1,33r*3 d:-15,33p 31:-1,372 3e:5ls 1:5ls*37 2:5ls 6:5ls mj:-8 1:-8*5 1e1:-1,5dh
2:-1,5dh*4 4:-1,5dh 15:-1,5dh 2:-1,5dh 3:-2,5dh 1:-2,5dh 2:-1,5dh 8t:-4su 1:-4st 1:-4sk 1:-4si*2 1:-4sj 1:-4sc
1:-4ro 1:r7n 1:1 7:-2bk 1:-2bk*42 3:-2bk 1:-2bk*2 8x:-5un,md 1:-5uo,md 1:-5uo,lj 1:-5up,lj 1:-5uq,mb 1:-5ur,mb
1:-5us,mp 1:-5ut,mp 1:-5ut,mf,ld 1:-5uu,mf,ld 1:-5uu,lj 1:-5uv,lj 1:-5uw,mb 1:-5ux,mb 1:-5uy,mp 1:-5uz,mp
1:-5v0,mf 1:-5v1,mf 1:-5v2,ml 1:-5v3,ml 1:-5v3,lg,lc 1:-5v4,lg,lc 1:-5v5,lg,ld 1:-5v6,lg,ld 1:-5v7,ml
1:-5v8,ml 1:-5v9,mo 1:-5va,mo 1:-5vb,mf,li 1:-5vc,mf,li 1:-5vc,lj 1:-5vd,lj 1:-5vd,lg 1:-5ve,lg 1:-5ve,lj
1:-5vf,lj 1:-5vg,mb 1:-5vh,mb 1:-5vi,lk 1:-5vj,lk 1:-5vk,mf 1:-5vl,mf 1:-5vm,mm 1:-5vn,mm 1:-5vn,mo 1:-5vo,mo
1:-5vp,lk,ld 1:-5vq,lk,ld 1:-5vp,ld 1:-5vq,ld 1:-5vr,mb 1:-5vs,mb 1:-5vt,mp 1:-5vu,mp 1:-5vu,mb 1:-5vv,mb
1:-5vw,mb,lg 1:-5vx,mb,lg 1:-5vy,mp 1:-5vz,mp 1:-5w0,ml 1:-5w1,ml 1:-5w1,ld 1:-5w2,ld 1:-5w3,lj 1:-5w4,lj
1:-5w5,mb 1:-5w6,mb 1:-5w6,lj 1:-5w7,lj 1:-5w8,mb 1:-5w9,mb 1:-5wa,mp 1:-5wb,mp 1:-5wc,ml 1:-5wd,ml
1:-5wd,lf,ld 1:-5we,lf,ld 1:-5wf,lf,lk 1:-5wg,lf,lk 1:-5wh,lg,lc 1:-5wi,lg,lc 1:-5wj,lg,ld 1:-5wk,lg,ld
1:-5wk,ld 1:-5wl,ld 1:-5wm,lj 1:-5wn,lj 1:-5wm,lj 1:-5wn,lj 1:-5wo,mb 1:-5wp,mb 1:-5wq,mb,lg 1:-5wr,mb,lg
1:-5ws,mp 1:-5wt,mp 1:-5wt,lj 1:-5wu,lj 1:-5wv,mb 1:-5ww,mb 1:-5wx,ld,lj 1:-5wy,ld,lj 1:-5wz,lo,lj
1:-5x0,lo,lj 1:-5x1,mb,lj 1:-5x2,mb,lj 1:-5x2,lj 1:-5x3,lj 1:-5x4,mb 1:-5x5,mb 1:-5x6,mp 1:-5x7,mp 1:-5x8,ml
1:-5x9,ml 1:-5x9,mc 1:-5xa,mc 1:-5xb,mo 1:-5xc,mo 1:-5xd,ml 1:-5xe,ml 1:-5xf,lf,ld 1:-5xg,lf,ld 1:-5xh,lg,lk
1:-5xi,lg,lk 1:-5xi,lf 1:-5xj,lf 1:-5xk,mb 1:-5xl,mb 1:-5xl,lc 1:-5xm,lc 1:-5xn,ld 1:-5xo,ld 1:-5xp,lk
1:-5xq,lk 1:-5xr,lj 1:-5xs,lj 1:-5xt,mb 1:-5xu,mb 1:-5xu,lj 1:-5xv,lj 1:-5xw,lk 1:-5xx,lk 1:-5xx,lj 1:-5xy,lj
1:-5xy,le 1:-5xz,le 1:-5y0,mb 1:-5y1,mb 1:-5y2,mp 1:-5y3,mp 1:-5ym,mp 1:-5yb,lk 1:-5y9,lm 1:-5y8,lm 1:-5yx,ji
1:-5yg,lj 3:-5yj,37 2:-5z3,mb 1:-5z4,mb 1:-5z5,ll 1:-5z6,ll 1:-5z7,le,ld 1:-5z8,le,ld 1:-5z9,le,lc
1:-5za,le,lc 1:-5zb,le,ll 1:-5zc,le,ll 1:-5zd,le,lf 1:-5ze,le,lf 1:-5zf,mb,le 1:-5zg,mb,le 1:-5zh,li,ld
1:-5zi,li,ld 1:-5zj,li,lc 1:-5zk,li,lc 1:-5zl,li,ll 1:-5zm,li,ll 1:-5zn,li,lf 1:-5zo,li,lf 1:-5zp,mb,li
1:-5zq,mb,li 1:-5zn,mb 1:-5zo,mb 1:-5zp,ll 1:-5zq,ll 1:-5zr,lf 1:-5zs,lf 1:-5zt,le,ld 1:-5zu,le,ld
1:-5zv,le,lc 1:-5zw,le,lc 1:-5zx,le,ll 1:-5zy,le,ll 1:-5zz,le,lf 1:-600,le,lf 1:-601,mb,le 1:-602,mb,le
1:-5zz,ll 1:-600,ll 1:-601,mb 1:-602,mb 1:-5zx,mb 1:-5zy,mb 1:-5zz,ll 1:-600,ll 1:-601,le,ld 1:-602,le,ld
1:-603,le,lc 1:-604,le,lc 1:-605,le,ll 1:-606,le,ll 1:-607,le,lf 1:-608,le,lf 1:-609,mb,le 1:-60a,mb,le
1:-60b,m3,ld 1:-60c,m3,ld 1:-60d,m3,lc 1:-60e,m3,lc 1:-60f,m3,ll 1:-60g,m3,ll 1:-60h,m3,lf 1:-60i,m3,lf
1:-60j,m3,mb 1:-60k,m3,mb 1:-60f,mb 1:-60g,mb 1:-60h,ll 1:-60i,ll 1:-60j,m3,ld 1:-60k,m3,ld 1:-60l,m3,lc
1:-60m,m3,lc 1:-60n,m3,ll 1:-60o,m3,ll 1:-60p,m3,lf 1:-60q,m3,lf 1:-60r,m3,mb 1:-60s,m3,mb 1:-60p,lc 1:-60q,lc
1:-60r,mb 1:-60s,mb 1:-60t,ll 1:-60u,ll 1:-60v,lf 1:-60w,lf 1:1 2:1*2 2:-5e7,lv 1:-5e8,lw 1:-5e9,lv,lc
1:-5ea,lw,lc 1:-5eb,lv,ld 1:-5ec,lw,ld 1:-5ed,lv,n6 1:-5ee,lw,n6 1:-5ef,lv 1:-5eg,lw 1:-5eh,lv,lc 1:-5ei,lw,lc
1:-5ej,lv,ld 1:-5ek,lw,ld 1:-5el,lv,n6 1:-5em,lw,n6 1:-5ej,lv 1:-5ek,lw 1:-5el,lv,lc 1:-5em,lw,lc 1:-5en,lv,ld
1:-5eo,lw,ld 3:-5er,lv 1:-5es,lw 1:-5et,lv,lc 1:-5eu,lw,lc 1:-5ev,lv,ld 1:-5ew,lw,ld 3:-5ex,lv 1:-5ey,lw
1:-5ez,lv,lc 1:-5f0,lw,lc 1:-5f1,lv,ld 1:-5f2,lw,ld 1:-5f3,lv,n6 1:-5f4,lw,n6 1:-5f5,lv 1:-5f6,lw 1:-5f7,lv,lc
1:-5f8,lw,lc 1:-5f9,lv,ld 1:-5fa,lw,ld 1:-5fb,lv,n6 1:-5fc,lw,n6 1:-5fb,lv 1:-5fc,lw 1:-5fd,lv,lc 1:-5fe,lw,lc
1:-5ff,lv,ld 1:-5fg,lw,ld 1:-5fh,lv,n6 1:-5fi,lw,n6 1:-5fj,lv 1:-5fk,lw 1:-5fl,lv,lc 1:-5fm,lw,lc 1:-5fn,lv,ld
1:-5fo,lw,ld 1:-5fp,lv,n6 1:-5fq,lw,n6 1:-5fl,lv 1:-5fm,lw 1:-5fn,lv,lc 1:-5fo,lw,lc 1:-5fp,lv,ld 1:-5fq,lw,ld
3:-5ft,lv 1:-5fu,lw 1:-5fv,lv,lc 1:-5fw,lw,lc 1:-5fx,lv,ld 1:-5fy,lw,ld 3:-5fv,lv 1:-5fw,lw 1:-5fx,lv,lc
1:-5fy,lw,lc 1:-5fz,lv,ld 1:-5g0,lw,ld 1:-5g1,lv,n6 1:-5g2,lw,n6 2:-5g4,lw 2:-5g6,lw,lc 2:-5g8,lw,ld
2:-5ga,lw,n6 1:-5g7,lv 1:-5g8,lw 1:-5g9,lv,lc 1:-5ga,lw,lc 1:-5gb,lv,ld 1:-5gc,lw,ld 1:-5gd,lv,n6 1:-5ge,lw,n6
1:-5gf,lv 1:-5gg,lw 1:-5gh,lv,lc 1:-5gi,lw,lc 1:-5gj,lv,ld 1:-5gk,lw,ld 1:-5gl,lv,n6 1:-5gm,lw,n6 1:-5hb,lc
1:-5hc,ld 1:-5h9,lc 1:-5ha,ld 1:-5h9,lc 1:-5ha,ld 1:-5h9,lc 1:-5ha,ld 1:-5h5,lc 1:-5h6,ld 1:-5h1,lc 1:-5h2,ld
1:-5gz,lc 1:-5h0,ld 3:-5hr,lv,n9 1:-5hs,lw,n9 1:-5ht,lv,lc,n9 1:-5hu,lw,lc,n9 1:-5hv,lv,ld,n9 1:-5hw,lw,ld,n9
1:-5hx,lv,n6,n9 1:-5hy,lw,n6,n9 1:-5hz,lv,n9 1:-5i0,lw,n9 1:-5i1,lv,lc,n9 1:-5i2,lw,lc,n9 1:-5i3,lv,ld,n9
1:-5i4,lw,ld,n9 1:-5i5,lv,n6,n9 1:-5i6,lw,n6,n9 1:-5i1,lv,n9 1:-5i2,lw,n9 1:-5i3,lv,lc,n9 1:-5i4,lw,lc,n9
1:-5i5,lv,ld,n9 1:-5i6,lw,ld,n9 1:-5i7,lv,n6,n9 1:-5i8,lw,n6,n9 1:-5i9,lv,n9 1:-5ia,lw,n9 1:-5ib,lv,lc,n9
1:-5ic,lw,lc,n9 1:-5id,lv,ld,n9 1:-5ie,lw,ld,n9 1:-5if,lv,n6,n9 1:-5ig,lw,n6,n9 1:-5hz,lv,n9 1:-5i0,lw,n9
1:-5i1,lv,lc,n9 1:-5i2,lw,lc,n9 1:-5i3,lv,ld,n9 1:-5i4,lw,ld,n9 1:-5i5,lv,n6,n9 1:-5i6,lw,n6,n9 1:-5i7,lv,n9
1:-5i8,lw,n9 1:-5i9,lv,lc,n9 1:-5ia,lw,lc,n9 1:-5ib,lv,ld,n9 1:-5ic,lw,ld,n9 1:-5id,lv,n6,n9 1:-5ie,lw,n6,n9
1:-5j3,li 1:-5j4,lg 1:-5j5,lc,n9 1:-5j6,n9 1:-5j7,ld,n9 2:-5j9,n6 1:-5ja,n6,n9 1:-5jb,li 1:-5jc,lg 1:-5jd,lc
1:-5je,ld 1:-5jf,n9 2:-5j9 3:-655,n6 1:-5jf,lc,n9 1:-5jg,n9 1:-5jh,ld,n9 2:-5jj,n6 1:-5jk,n6,n9 1:-5jn,lc
1:-5jo,ld 1:-5jn,lc 1:-5jo,ld 1:-5jp,n9 1:-e,lc 1:-f,ld 1:-g,n6 1:-5jr,li 1:-5js,lg 1:-5jt,lk,lc 1:-5ju,lk,ld
3:-5jx,n6 1:-5jy,lk,n6 1:-5jz,li 1:-5k0,lg 1:-5k1,lc 1:-5k2,ld 2:x,lc 1:w,ld 1:v,n6 1:-5jv,li 1:-5jw,lg
1:-5jx,lk,lc 1:-5jy,lk,ld 1:-5k3,lv 1:-5k4,lw 1:-5k1,n6 1:-5k2,lk,n6 1:-5k3,li 1:-5k4,lg 1:-5k5,lc 1:-5k6,ld
1:-5kb,lw 1:-66d,lc 1:-66e,ld 1:-68f 3:-5k9,lc,n9 1:-5ka,n9 1:-5kb,ld,n9 2:-5kd,n6 1:-5ke,n6,n9 1:-5kp,lc
1:-5kq,ld 1:-5kh,lc 1:-5ki,ld 1:-5kj,n9 1:-66h 3:2 1:2 85:-5st 4:-6gv 1:-6h6,lm 7:s 1a:g 1:g*15 k:1 n:-a,mw
1:-9,mw j:-q,mw v:3,mw 1:6,mw 1:3,mw 1h:-1,mw 5:-1,mw 3:-1,mw o:-1,mw 2:-1,mw r:-5,mw 3:-1,mw 3:-2,mw 2:-1,mw
n:-6qr,mw 2:-1,mw b:-w,mw 1:-6r6,mw 1:-6r5,mw 1:-c,mw*2 3:-2,mw 1:-2,mw 3:-2,mw 1:-2,mw 7:-6,mw 1:-6,mw
3:-2,mw 1:-2,mw 3:-2,mw 1:-2,mw z:-a,mw 1:-5,mw*2 1:-4,mw 1d:-2s,mw 1:-2s,mw 1:-29,mw*2 7:-1k,mw 1:-1k,mw*3
1o:2jj 1:2jj b0:q 1:q*25 171:1,mw 84:1c 1:1c*47 1d:1 2:-8af 1:-2xy 1:-89z 3:1 2:1*2 2:-8bg 1:-8al 1:-8bj
1:-8bi 2:1 3:1 9:-8cf 1:-8cf 1:1 2:1*49 9:1 2:1 5:1 nu:-1,9ll 2:-1,9ll*11 3:-1,9ll 2:-1,9ll*2 7:-1,9ll
1:-2,9lm 2:-1,9ll 1:-2,9lm 2:-1,9ll 1:-2,9lm 2:-1,9ll 1:-2,9lm 2:-1,9ll 1:-2,9lm n:-26,9ll a:-1,9ll e:-1,9ll
2:-1,9ll*11 3:-1,9ll 2:-1,9ll*2 7:-1,9ll 1:-2,9lm 2:-1,9ll 1:-2,9lm 2:-1,9ll 1:-2,9lm 2:-1,9ll 1:-2,9lm
2:-1,9ll 1:-2,9lm n:-26,9ll 3:-8,9ll 1:-8,9ll*3 4:-1,9ll n5u:1 2:1*22 k:1 2:1*13 3s:1 2:1*6 4:1 2:1*30 b:1 2:1
2:-r9g 1:1 2:1*4 5:1 2:-wmg 3:1 2:1 4:1 2:1*9 2:-wn8 1:-wnj 1:-wnf 1:-wn5 1:-wn8 2:-wlu 1:-wmi 1:-wlx 1:ps 1:1
2:1*7 2:-1c 1:-wn7 1:-raw 1:1 2:1 2:-wo7 1:1 2:1*7 2:-wu9 p:1 or:-tzk 1:-tzk*79 f9d:-lh4 1:-sul 1:-kzc 1:-ldn
1:-rar 1:-xqr 1:-wm9 1:-hnv 1:-hnw 1:-vjs 1:-ke1 1:-was 1:-vk4 1:-tuf 1:-pt1 1:-o0a 1:-moh 1:-mdz 1:-m56
1:-kn8 1:-s9e 1:-rne 1:-qwt 1:-qbd 1:-n2z 1:-khb 1:-isp 1:-xp5 1:-wpz 1:-s2h 1:-qo3 1:-mpe 1:-hz6 1:-us1
1:-r3r 1:-ms6 1:-m2o 1:-tp8 1:-nke 1:-mbs 1:-uhq 1:-suq 1:-rls 1:-qi7 1:-km6 1:-xif 1:-x2v 1:-wup 1:-tbg
1:-s4e 1:-qoy 1:-pqk 1:-nxv 1:-mr3 1:-moq 1:-l6w 1:-jd2 1:-iiy 1:-i0w 1:-pf3 1:-p8d 1:-of1 1:-n79 1:-k6z
1:-hxd 1:-lt7 1:-voj 1:-ugv 1:-oo4 1:-nuv 1:-qn8 1:-pdp 1:-lfq 1:-jf6 1:-voy 1:-uzt 1:-sah 1:-rjn 1:-rb3
1:-oio 1:-obd 1:-jk6 1:-ww0 1:-nuw 1:-x2w 1:-x3d 1:-p4q 1:-oex 1:-n6v 1:-jj8 1:-lp6 1:-tqk 1:-sbe 1:-lsv
1:-xt1 1:-v3s 1:-ua6 1:-qfu 1:-q2a 1:-wuk 1:-pd5 1:-xie 1:-ud9 1:-xui 1:-rrw 1:-t81 1:-ojs 1:-wq0 1:-vta
1:-prg 1:-n51 1:-lvp 1:-rzq 1:-kw1 1:-ru2 1:-tpx 1:-nf3 1:-tlh 1:-q35 1:-xqh 1:-x73 1:-x4g 1:-smx 1:-olw
1:-nil 1:-luz 1:-khb 1:-wwa 1:-wn2 1:-vm6 1:-uja 1:-t6m 1:-r5y 1:-pcr 1:-jq1 1:-isd 1:-hyp 1:-hx7 1:-wz3
1:-szp 1:-s2d 1:-kyz 1:-umy 1:-u0v 1:-txs 1:-tfb 1:-rcf 1:-qx6 1:-qa3 1:-p8r 1:-of6 1:-nxk 1:-l0y 1:-n1n
1:-ktz 1:-k7l 1:-x39 1:-wze 1:-wkh 1:-r13 1:-mam 1:-lx3 1:-ul5 1:-ucu 1:-tnt 1:-s1j 1:-ors 1:-qia 1:-xqc
1:-w4w 1:-v5v 1:-usx 1:-uc0 1:-qgr 1:-qbp 1:-o45 1:-nze 1:-kfx 1:-ji4 1:-jfv 1:-ja4 1:-xm2 1:-pag 1:-kjn
1:-jk0 1:-u6w 1:-xtg 1:-xcx 1:-v66 1:-v3y 1:-t9h 1:-se5 1:-quq 1:-pz3 1:-n2e 1:-ksn 1:-htj 1:-t31 1:-jo8
1:-x1a 1:-swd 1:-st2 1:-rrd 1:-rhr 1:-qf7 1:-q5w 1:-pk3 1:-on3 1:-j8y 1:-x9g 1:-tyc 1:-jmj 1:-xih 1:-uyk
1:-rn0 1:-l2l 1:-uh9 1:-u51 1:-ssj 1:-qj8 1:-jme 1:-x4k 1:-wr3 1:-v3u 1:-t71 1:-syb 1:-soq 1:-rum 1:-qfy
1:-q2r 1:-o6l 1:-mc8 1:-mbr 1:-kkd 1:-jk8 1:-wx8 1:-rhu 1:-wr4 1:-qvy 1:-qc7 1:-mwm 1:-jm6 1:-ihn 1:-i1g
1:-swt 1:-roq 1:-npq 1:-p4c 1:-p20 1:-orr 1:-qpm 1:-r4y 1:-lus 1:-xtp 1:-ngo 1:-x51 1:-x6h 1:-uor 1:-tv3
1:-oq5 1:-vb3 1:-rtz 1:-t3m 1:-l3g 1:-mgs 1:-jp8 1:-m7z 1:-uns 1:-xcc 1:-wgd 3:-vxy 2:-t5q 3:-x87 1:-qng
1:-pxp 1:-pgc 1:-pff 1:-pf9 1:-pe4 1:-jie 1:-orj 1:-o69 2:-mxa 2:-lyi 3:-kx9 1:-krt 4:-j7f 1:-j73 1:-j5w
1:-i9l 1:-ksw 1:-jnc 1:-xoi 1:-xfu 1:-xd1 1:-x2i 1:-x1s 1:-wys 1:-wih 1:-wfl 1:-wcw 1:-vzt 1:-vwy 1:-v6f
1:-v66 1:-ucp 1:-u6u 1:-u5t 1:-u32 1:-tf6 1:-tb4 1:-t6a 1:-ssf 1:-rta 1:-ros 1:-rhh 1:-r16 1:-qvy 1:-qi0
1:-pmi 1:-phq 1:-phg 1:-phi 1:-phb 1:-ph6 1:-ph0 1:-pfp*2 1:-pas 1:-p90 1:-p06 1:-okj 1:-ojz 1:-oig 1:-oa0
1:-o5y 1:-nsf 1:-nok 1:-nol 1:-nbc 1:-mds 1:-ma3 1:-m01 1:-lyi 1:-ln5 1:-llp 1:-l2o 1:-kz3 1:-jnp 1:-jfu
1:-je7 1:-ueu 1:1sw2 1:-nrp 3:-y16 1:-xbw 1:-xe2 1:-xrn 1:-xf3 1:-xdh 1:-x4f 1:-x31 1:-wkb 1:-wmc 1:-wkh
1:-wih 1:-w0y 1:-vyi 1:-vui 1:-vu3 1:-vmm 1:-vh5 1:-ur4 1:-uqy 1:-umz 1:-ul4 1:-ucu 1:-u9l 1:-ubk 1:-u7v
1:-u96 1:-u55 1:-u3c 1:-ts9 1:-tpu 1:-tod 1:-th6 1:-t99 1:-t4r 1:-t4o 1:-t32 1:-s9o 1:-s7w 1:-rx2 1:-rlp
1:-rm6 1:-rjs 1:-rct 1:-r3i 1:-pva 1:-qy1 1:-quo 1:-qra 1:-qi8 1:-qe4 1:-qco 1:-q6f 1:-q6e 1:-q1o 1:-q18
1:-q0k 1:-py7 1:-pyi 1:-pnj 1:-pa3 1:-p2l 1:-oxf 1:-or8 1:-on0 1:-odv 1:-o8d 1:-nkx 1:-ngl 1:-mrg 1:-met
1:-mcx 1:-mci 1:-m4a 1:-m2q 1:-m40 1:-m2j 1:-m2n 1:-m35 1:-m12 1:-lyu 1:-lo9 1:-l8q 1:-l01 1:-krv 1:-klr
1:-jt6 1:-jqc 1:-jn6 1:-jji 1:-jij 1:-ji8 1:-jgx 1:-iwr 1:-i0i 1:1njv 1:1njo 1:1ptw 1:-11rp 1:-10vv 1:-10uz
1:1vuc 1:1xx6 1:24n0 1:-i39 1:-i17 13:-1di2,2u 1:-1di3,2x 1:-1di4,30 1:-1di5,2u,2x 1:-1di6,2u,30 1:-1dhu,38
1:-1dhv,38 d:-1cin,12u 1:-1cio,12d 1:-1cip,12j 1:-1cig,12u 1:-1cir,12l 6:-1cg4,14k 2:-1cfh,14n b:-1cg1,14x
1:-1cg2,14y 1:-1cg3,14s,14x 1:-1cg4,14s,14y 1:-1cgu,14n 1:-1cgv,14o 1:-1cgw,14s*7 2:-1cgw,14s 1:-1cgw,14s*4
2:-1cgw,14s*2 1:-1cgw,14s 2:-1cgw,14s 1:-1cgw,14s 2:-1cgw,14s 1:-1cgw,14s*4 1:-1chi,14p 1:-1chn,14v
1:-1che,14v 1:-1ch6,14v r7:w 1:w*25 xy:14 1:14*39 3t:14 1:14*35 4d:13 1:13*10 2:13 1:13*14 2:13 1:13*6 2:13
1:13 1g:9,lj r:-a,lj 1b0:1s 1:1s*50 4e:w 1:w*21 mt:-1,1hve 2:-1,1hve f:-6,1hve 3n:3,1hyf 1:3,1hyf f0:-4,1ida
1:-5,1idz 1j:-1,1ih5 2:-1,1igr 9:-3,1igy 3:-1,1ih5 1g:-3,1igy 2:-5,1igo 1:-6,1ih5 6r:-2,1inu 1:-3,1ink
2:-5,1inx 70:-2,1iun 1:-2,1iun kl:w 1:w*31 3d:-3,1jjk e7d:-3,1xr2 1:-4,1xrd 1:-5,1xr3 1:5,1xr3 1:-7,1xr4
1:-8,1xr2,1xr3 1:-9,1xrd,1xr3 1:-a,1xr2,1xr4 2f4:-1,206f 1:-6,206f 1:-7,206f,206f 5y:w 1:w*31 1t:r 1:r*24
jhi:-7,2jxh 1:-7,2jxh 1:-8,2jxh,2jxq 1:-9,2jxh,2jxr 1:-a,2jxh,2jxs 1:-b,2jxh,2jxt 1:-c,2jxh,2jxu 2f:-2,2jxh
1:-2,2jxh 1:-4,2jxh,2jxq*2 1:-6,2jxh,2jxr*2 4lc:y 1:y*33 1hi7:-3qo3 1:-3qo9 1:-3qo1 1:-1crl 1:-3qg4 1:-3qdz
1:-3qdn 1:-3qbp 1:-3q8e 1:-3q7k 1:-3q5f 1:-3q64 1:-3vqm 1:-1brn 1:-3q2p 1:-3q2j 1:-3q24 1:-3q1m 1:-1bzq
1:-3vq2 1:-3q25 1:-3q14 1:-1byj 1:-3q0w 1:-3q0k 1:-3qkt 1:-3q0e 1:-3q06 1:-k71 1:-3pyg 1:-3py3 1:-3vpc 1:-3pwl
1:-3pwb 1:-3pv4 1:-3pv0 1:-3vnz 1:-3psu 1:-3pst 1:-3ps3 1:-3pri 1:-3pr8*2 1:-3pqs 1:-3ppf 1:-3pp8 1:-3pp0
1:-3poc 1:-3po3 1:-3po2 1:-3po3 1:-3po4 1:-1b0o 1:-3jyd 1:-3pm4 1:-3plk 1:-1as5 1:-3pla 1:-3pl5 1:-3pkl
1:-3pge 1:-3pj9 1:-3piu 1:-3phz 1:-3pge 1:-3pe3 1:-3pde 1:-3pbk 1:-3pb5 1:-3pa9 1:-3paa 1:-3p9q 1:-3p99
1:-3p92 1:-3p8o 1:-3oz9 1:-3p6u 1:-3oza 1:-3p4t 1:-3p3v 1:-3pzd 1:-3omb 1:-3ouc 1:-3otb 1:-3osn 1:-3owa
1:-3oro 1:-3orq 1:-3ooc 1:-18xh 1:-3omg 1:-3omc 1:-3oly 1:-3olf 1:-3ol8 1:-3ojh 1:-18l4 1:-18jb 1:-3ofq
1:-3oeg 1:-3oe5 1:-3ogd 1:-3ocg 1:-3vcp 1:-3vcc 1:-3o81 1:-3o6k 1:-3o6l 1:-17z8 1:-3o2y 1:-3o2e 1:-3o20
1:-3o1p 1:-17q1 1:-3o1f 1:-3o19 1:-3ndt 1:-3o0j 1:-3v91 1:-3nyv 1:-3nyi 1:-3nw9 1:-3nxp 1:-176f 1:-3nsp
1:-176f 1:-3nrk 1:-3nro 1:-3nr8 1:-3nog*2 1:-3v4k 1:-3nnr 1:-3nml 1:-3nm1 1:-3nku 1:-3v3a 1:-16h2 1:-3v2m
1:-3niz 1:-3nix 1:-3niv 1:-3nic 1:-gsd 1:-3ngy 1:-165c 1:-165d 1:-3gk2 1:-3ng2 1:-3ng3 1:-3v0v 1:-1333 1:-try
1:-3nef 1:-3ne7 1:-3v08 1:-3ncy 1:-3nbk 1:-3nbb 1:-3nae 1:-3n6n 1:-3uxz 1:-3uyu 1:-3n67 1:-15g0 1:-3n4u
1:-3n1a 1:-3n17 1:-3n16 1:-3n19 1:-3n00 1:-3mzh 1:-3myi 1:-3myx 1:-3myn 1:-3mxd 1:-3mwu 1:-3mwr 1:-3mw2
1:-3mvs 1:-3mtz 1:-3mro 1:-3mqq 1:-3mnb 1:-14mk 1:-3mnw 1:-3mpq 1:-3mmr 1:-3mm1 1:-3mjd 1:-14gd 1:-3mhp
1:-3mkb 1:-3ml4 1:-3us4 1:-3mfu 1:-3mfa 1:-3meg 1:-3mfj 1:-3uqj 1:-3m9l 1:-3m8t 1:-13nk 1:-3m5k 1:-3lxw
1:-3m2s 1:-3ulx 1:-3m0u 1:-3umg 1:-3unh 1:-3q68 1:-3q66 1:-3lxw 1:-3m0p 1:-3gvd 1:-3svy 1:-3lxd 1:-3lxa
1:-3lx5 1:-3lvh 1:-3lvt 1:-12xm 1:-3ul1 1:-3lr9 1:-3luj 1:-3lov 1:-3lnh 1:-12t2 1:-3lna 1:-3lqe 1:-3ljm
1:-3uiy 1:-3lie 1:-3lfq 1:-3lds 1:-3l8j 1:-12dl 1:-3l76 1:-3ufq 1:-3l5a 1:-11zd 1:-3l3x 1:-3uec 1:-3l35
1:-3l1x 1:-3l17*2 1:-11m2 1:-17fx 1:-11j3 1:-3kx8 1:-116n 1:-3ku5 1:-3kts 1:-3kwn 1:-3krt 1:-3kqq 1:-3kp6
1:-3kqp 1:-3kpm 1:-3kp8 1:-3kow 1:-1148 1:-3kr7 1:-3kk9 1:-3kij 1:-3u8n 1:-3kg0 1:-3kg5 1:-10sc 1:-3klx
1:-3kbl 1:-10oi 1:-10n7 1:-3k98 1:-3k62 1:-3k6u 1:-3k6y 1:-3u68 1:-3k5p 1:-3k4b 1:-3k4i 1:-3k31 1:-1c6u
1:-3jyv 1:-103e 1:-3jwi 1:-zuc 1:-3jso 1:-3jsc 1:-3jrm 1:-zdn 1:-3jqc 1:-3jps 1:-z5d 1:-yz7 1:-3jji 1:-3jj2
1:-3tz2 1:-3jie 1:-3tys 1:-3tyt 1:-3jdz 1:-3jdf 1:-3jcv 1:-3jcc 1:-3jag 1:-3tw8 1:-3j80 1:-y67 1:-3j7c 1:-y3p
1:-3j60 1:-16l6 1:-3j1m 1:-xi2 1:-xhg 1:-xdl 1:-3tqa 1:-3tpz 1:-3ivg 1:-x8u 1:-x8w 1:-x7u 1:-x75 1:-3iuf*2
1:-3iug 1:-3ita 1:-3tow 1:-3irj 1:-3tol 1:-3tme 1:-wmo 1:-3im8 1:-3ikj 1:-3iis 1:-3tke 1:-w8c 1:-3if1 1:-w56
1:-w40 1:-3idj 1:-3ib0 1:-3tih 1:-3i8p 1:-3i8g 1:-3i8c 1:-vkw 1:-vcm 1:-vcn 1:-3i41 1:-3tcu 1:-v5i 1:-3hy4
1:-3hy2 1:-3tbx 1:-uzp 1:-3hqs 1:-3t8n 1:-3hq8 1:-3hqe 1:-3hpm 1:-ued 1:-3hmx 1:-3t64 1:-3hk7 1:-3hil 1:-3hgr
1:-3t4t 1:-tvu 1:-tv0 1:-3t3v 1:-tr0 1:-3h8c 1:-to9 1:-3h7n 1:-3h4v 1:-3h4l 1:-tcx 1:-tax 1:-3h25 1:-t7a
1:-3h1r 1:-134x 1:-3t0s 1:-3h00 1:-3gxs 1:-3szd 1:-3gw7 1:-3oi9 1:-stc 1:-ssz 1:-133q 1:-133i 1:-3gqy 1:-3gqw
1:-3e27 1:-3swz 1:-3gn2 1:-3gn9 1:-3gms 1:-3q3j 1:-3gma 1:-3gm9 1:-3gm0 1:-3gkw 1:-s4b 1:-3gkz 1:-3gjg 1:-3ghj
1:-3gfi 1:-3gjd 1:-3gf4 1:-3gdz 1:-3gaw 1:-3gi5 1:-3gev 1:-3geu 1:-3gef 1:-rxq 1:-rp6 1:-rtd 1:-3ssc 1:-3g6v
1:-3g6u 1:-3g5w 1:-qg1 1:-3g3s 1:-rcx 1:-3sr5 1:-3sr2 1:-r9b 1:-r1b 1:-3sqv 1:-3fxf 1:-3fx4 1:-3fwu 1:-3fwt
1:-3fv2 1:-3fw0 1:-3fsb 1:-3ftk 1:-3fpe 1:-3fro 1:-3fpu 1:-3fp4 1:-3so8 1:-3fmn 1:-3fls 1:-3snd 1:-3fj7
1:-3fj5 1:-py6 1:-3ffz 1:-3fft 1:-3slv 1:-3ff3 1:-3w27 1:-pi5 1:-pd2 1:-3si7 1:-3shz 1:-3f3j 1:-3f1f 1:-3ex3
1:-3erh 1:-oq3 1:-3ep5 1:-3eok 1:-3em3 1:-3ejk 1:-o89 1:-1brp 1:-3ehb 1:-3ehr 1:-3egc 1:-1blr 1:-3ea2 1:-3e7b
1:-mxa 1:-mwk 1:-3dxq 1:-3dv6 1:-3dub 1:-mnr 1:-3du3 1:-3dm7 1:-3dht*2 1:-3dke 1:-3d9u 1:-3d93 1:-lpv 1:-3cyr
1:-3ryy 1:-3cxl 1:-lfe 1:-3rws 1:-3cq8 1:-3o02 1:-3cnm 1:-koh 1:-kil 1:-3rt6 1:-3rsz 1:-3cii 1:-k4x 1:-3rre
1:-k13 1:-3chf 1:-3chg 1:-3cgn 1:-jt7 1:-3cbk 1:-3ro0 1:-3c9n 1:-3c66 1:-3c5g 1:-3c3t 1:-3rju 1:-iqh 1:-3bw8
1:-3bnv 1:-3bin 1:-3rcv 1:-3rc1 1:-3bfs 1:-hmq 1:-3rbt 1:-hl9 1:-hdx 1:-hab 1:-3b6i 1:-3r9c 1:-3b4u 1:-3b4q
1:-3b4k 1:-3b4b 1:-3b45 1:-3b35 1:-gm5
`;

const ranks = `
lc:1f 1:1f*20 1:1g 1:1a*4 1:1g 1:18 1:1a*5 1:16*2 1:1a*4 1:16*2 1:1a*11 1:1*5 1:1a*4 1:1f*3 3:1f 3:1j 1:1f
1:1a*3 1:1f*3 1:1a*2 2:1f 1:1f*2 1:1a*4 1:1f 1:1g 1:1a*2 1:1f 1:1h 1:1i*2 1:1h 1:1i*2 1:1h 1:1f*13 7o:1f
1:1f*4 7e:1a 1:1f*4 1:1a 1:1f*3 1:1b 1:1a 1:1f*6 1:1a*6 1:1f*2 1:1a 1:1f*2 1:1b 1:1e 1:1f 1:6 1:7 1:8 1:9 1:a
1:b 1:c 1:d 1:e 1:f*2 1:g 1:h 1:i 2:j 2:k 1:l 2:1f 1:1a 2:e 21:1f 1:1f*7 1:q 1:r 1:s 1d:n 1:o 1:p 1:q 1:r 1:s
1:t 1:u 1:1f*2 1:1a*2 1:1f*5 1:1a 1:1f*2 1:1a h:v 2u:1f 1:1f*6 3:1f 1:1f*3 1:1a 1:1f 3:1f 1:1f 2:1a 1:1f*2
1:1a 10:w v:1f 1:1a 1:1f*2 1:1a 1:1f*2 1:1a*3 1:1f 1:1a*2 1:1f 1:1a 1:1f*3 1:1a 1:1f 1:1a 1:1f 1:1a 1:1f 1:1a
1:1f*2 4h:1f 1:1f*6 1:1a 1:1f a:1a p:1f 1:1f*3 2:1f 1:1f*8 2:1f 1:1f*2 2:1f 1:1f*4 18:1a 1:1a*2 1o:1f 1:1f
1:1a*3 1:1f*4 17:1f 1:1f*4 1:1a*5 1:1f*14 2:1a 1:1f*2 1:1a 1:1f*2 1:1a 1:1f*3 1:1a*3 1:n 1:o 1:p 1:1f*3 1:1a
1:1f*2 1:1a*2 1:1f*5 1p:3 h:5 4:1f 1:1a 1:1f*2 2w:3 h:5 1d:1f 1q:3 h:5 33:3 h:5 33:3 h:5 3k:5 33:3 h:5 8:x 1:y
2u:3 h:5 32:5 1:5 h:5 3h:5 32:z 1:z 1:5 e:10 1:10*3 31:11 1:11 1:5 e:12 1:12*3 25:1a 1:1a s:1a 2:1a 2:18 1k:13
1:14 2:15 6:14 1:14*3 3:14 2:1f 1:1f 1:5 2:1f 1:1f 1r:1a 35:3 2:5 1:5 2b:1a k0:1f 1:1f*2 qd:5 1:5 v:5 4e:5
b:1f 5o:1e 40:1b 1:1f 1:1a 64:1f 1:1a 20:5 l:1f 1:1f*7 3:1a 1d:1f 1:1f*4 1:1a*6 1:1f*2 1:1a 2:1a 1:1a 1:1f*2
1:1a*2 1:1f*5 1:1a 1:1f*18 1:1a 3:1f 1:1f*5 1:1a 1:1f*4 1:1i 21:3 g:5 13:1f 1:1a 1:1f*7 1j:5 1:5 1n:3 c:5 1:5
1w:3 49:1f 1:1f*2 2:1 1:1a*5 1:1f*2 1:1a*4 1:1f 2:1 1:1*6 5:1a 7:1f 4:1f 1:1f 5j:1f 1:1f 1:1a 1:1f*7 1:1a
1:1f*2 1:1i 1:17 1:1a 1:16 1:1f*37 1:1g 1:1e*2 1:1a 1:19 1:1f 1:1h 1:1a 1:1f 1:1a k1:1f 1:1f 1:1*2 1:1f*4
1:1*3 1:1f*2 5:1f 4:1 1:1 1:1f 1:1a 1:1f 1:1*2 1:1a*4 1:1f 2db:1f 1:1f*2 3y:5 2p:1f 1:1f*31 ff:19 1:1e 1:1g
1:1b 1:1c*2 2y:4 1:4 n9x:1f 5:1f 1:1f*9 x:1f 1:1f 29:1f 1:1f 7p:5 12:5 48:5 s:1f 1:1f*17 1m:1a 1:1a*2 12:5
2o:3 d:5 6o:1f 2:1f 1:1f 1:1a 3:1f 1:1f 6:1f 1:1f 2:1f 1h:5 6v:5 fn5:m le:1f 1:1f*6 1:1a*7 1:1f*2 r2:1a 6b:1a
46:1f 1:1f*4 1ar:1a 2:1f 15:1f 1:1 1:1a 5:5 4m:1f 1:1a fy:1f 1:1f*3 1u:1f 1:1f*4 8u:1f 1:1f 26:1a 1:1a 2:1a
1:1a*2 1z:1a 1:1a 1:1f*3 1:1a 1:1f 1:1a*4 1e:1f 1:1a 1:1f 1:1a 5d:5 16:5 f:5 1m:5 1:3 1y:1f 1:1f*2 1d:5 1:5
1r:3 25:5 a:3 2z:5 1:3 4z:3 1:5 29:3 1:3 h:5 p:1f 1:1f*6 4:1f 1:1f*4 2i:5 1:5*2 36:5 4:3 o:1f 2s:5 1:3 70:5
1:3 3j:5 3b:5 1:3 38:5 7i:5 1:3 77:5 1:5 5:3 4d:5 2c:5 j:5 2a:5 bq:5 77:3 2:5 1:5 2a:5 bu:5 1:5 d0t:5 1xd:1
1:1*4 1o:1f 1:1f*6 xm:2 1:2 f59:1 43r:18 1:18 1:1*3 4:1d 1:18*5 9:1a 1:1a*7 3:1f 1:1f*4 1:1a*2 v:1f 1:1f*3
45:1f 1:1f*2 2po:1f 1:1f*6 2:1f 1:1f*16 3:1f 1:1f*6 2:1f 1:1f 2:1f 1:1f*4 2t:1f 4h:1f 1:1f*6 ag:1f 1q:1f
1:1f*3 e5:1g 1:1g 1:1a 1:1f 73:1f 1:1a 6s:1f 3:1f 8:1f 1:1f 6:1f d7:1a 1:1a*6 32:1f 1:1f*5 1:3
`;

const search = `
4g:-3k 1y:-3p,2t a:-3w 8:-3t 6:-3u,2w j:-4t m:-5b a:-5k h:-5y h:-6c,2t k:-6r 9g:-ic 1:-id 1w: 1:*63 3:*2 1:*9
2: 1:*31 7o: 1:*4 7e: 1:*44 2:*2 1: 2: 1: 2: 21: 1:*10 1d: 1:*20 h: 2u: 1:*6 3: 1:*5 3: 1: 2: 1:*3 10: v:
1:*26 99: 1:*8 17: 1:*23 2: 1:*28 2a: 1:*3 3fg: 1:*13 2: 1:*30 3: 1:*11 dh: 1:*2 2: 1:*12 2: 1:*6 5: 7: 4: 1:
5j: 1:*63 ei:-6ax 7:-6ar 1:-6as 1:-6at 1:-6au 1:-6av 4:-6b5 1:-6b6 3:-6be 1:-6bf i:-6bz 4h: 1:*12 5: 4: 1:*11
82:-6p1 2by: 1:*31 e9:-9gg 16: 1:*3 ncy: 5: 1:*9 x: 1: gov: le: 1:*15 r2: 6b: 2e2: 1: 2: 1:*2 u4: 11kc: 1:*2
i: 1:*7 3: 1:*6 v: 1:*3 2xu:
`;

let table: FoldTable | undefined;

/** Returns the fold table that writers put into sets, of Unicode 17.0. */
export function foldTable(): FoldTable {
  table ??= { unicode, ...parseFold({ map, ranks, search }) };
  return table;
}
