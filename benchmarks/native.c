/* What a person would write in C for the benchmarks of native code: values, dual numbers, tapes, and derivatives
   worked out by hand. */

#include <math.h>
#include <stdlib.h>

/* ── recursion and loops ────────────────────────────────────────────────────────────────────── */

double fib(double n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

double logistic(double x, double n) {
    double v = x;
    for (double i = 1; i <= n; i++) v = 3.7 * v * (1 - v);
    return v;
}

typedef struct { double value, tangent; } dual;

static dual times(dual a, dual b) {
    return (dual){a.value * b.value, a.tangent * b.value + a.value * b.tangent};
}

double logistic_derivative(double x, double n) {
    dual v = {x, 1};
    for (double i = 1; i <= n; i++)
        v = times(times((dual){3.7, 0}, v), (dual){1 - v.value, -v.tangent});
    return v.tangent;
}

double logistic_gradient(double x, double n) {
    size_t turns = (size_t)n;
    double *tape = malloc(turns * sizeof *tape), v = x, w = 1;
    for (size_t i = 0; i < turns; i++) {
        tape[i] = v;
        v = 3.7 * v * (1 - v);
    }
    while (turns--) {
        double t = tape[turns], product = 3.7 * t;
        w = 3.7 * ((1 - t) * w) - product * w;
    }
    free(tape);
    return w;
}

/* ── nested searches: stdlib/optimize.adl's descent in the plane ────────────────────────────── */

typedef struct { double x, y; } point;
typedef struct { double value; point slope; } sloped;

static inline double norm(point p) { return sqrt(p.x * p.x + p.y * p.y); }
static inline point along(point p, double k, point d) { return (point){p.x + k * d.x, p.y + k * d.y}; }

/* `data` is what the function needs besides the point. */
static inline point argmin(sloped (*at)(point, point), point data, point start) {
    point p = start;
    sloped here = at(p, data);
    double step = 1e-5;
    for (int good = 0; norm(here.slope) > 1e-5;) {
        if (good == 10) { step *= 2; good = 0; }
        point next = along(p, -step, here.slope);
        if (!(norm(along(p, -1, next)) > 1e-5)) break;
        sloped there = at(next, data);
        if (there.value < here.value) { p = next; here = there; good++; }
        else { step /= 2; good = 0; }
    }
    return p;
}

/* minus the height of examples/saddle.adl over q, for a p */
static inline sloped depth(point q, point p) {
    double height = (p.x * p.x + p.y * p.y) - (q.x * q.x + q.y * q.y);
    return (sloped){-height, {2 * q.x, 2 * q.y}};
}

/* the height at the best reply to p, whose derivative is that of the height: the reply is a maximum */
static inline sloped height(point p, point unused) {
    point q = argmin(depth, p, (point){1, 1});
    return (sloped){(p.x * p.x + p.y * p.y) - (q.x * q.x + q.y * q.y), {2 * p.x, 2 * p.y}};
}

/* p and the best reply to it */
void saddle(double *result) {
    point p = argmin(height, (point){0, 0}, (point){1, 1}), q = argmin(depth, p, (point){1, 1});
    result[0] = p.x, result[1] = p.y, result[2] = q.x, result[3] = q.y;
}

/* ── examples/particle.adl: dual numbers by hand, t for the tangent with respect to w ───────── */

/* the gradient of 1/r at (dx, dy), which moves with (tx, ty) */
static inline void pull(double dx, double dy, double tx, double ty, point *s, point *t) {
    double r2 = dx * dx + dy * dy, r = sqrt(r2), c = 1 / (r2 * r), along = dx * tx + dy * ty;
    double tc = -3 * along / (r2 * r2 * r);
    s->x -= c * dx, s->y -= c * dy;
    t->x -= c * tx + tc * dx, t->y -= c * ty + tc * dy;
}

static inline sloped crossing(point w, point unused) {
    const double h = 0.1;
    double x = 0, y = 8, vx = 0.75, vy = 0, tx = 0, ty = 0, tvx = 0, tvy = 0;
    for (;;) {
        point s = {0, 0}, t = {0, 0};
        pull(x - 10, y - (10 - w.x), tx, ty + 1, &s, &t);
        pull(x - 10, y, tx, ty, &s, &t);
        double below = y + h * vy, tbelow = ty + h * tvy;
        if (!(below > 0)) {
            double k = -y / vy, tk = (-ty - k * tvy) / vy, c = x + k * vx, tc = tx + tk * vx + k * tvx;
            return (sloped){c * c, {2 * c * tc, 0}};
        }
        x += h * vx, tx += h * tvx, y = below, ty = tbelow;
        vx -= h * s.x, tvx -= h * t.x, vy -= h * s.y, tvy -= h * t.y;
    }
}

void particle(double *result) { result[0] = argmin(crossing, (point){0, 0}, (point){0, 0}).x; }

/* ── the Helmholtz free energy: a is n×n, in rows ───────────────────────────────────────────── */

static double mixing(double bx) {
    return log((1 + (1 + sqrt(2)) * bx) / (1 + (1 - sqrt(2)) * bx)) / (sqrt(8) * bx);
}

double energy(int n, const double *a, const double *b, const double *x) {
    double bx = 0, logs = 0, xax = 0;
    for (int i = 0; i < n; i++) bx += b[i] * x[i];
    for (int i = 0; i < n; i++) logs += log(x[i] / (1 - bx));
    for (int i = 0; i < n; i++) {
        double t = 0;
        for (int j = 0; j < n; j++) t += a[i * n + j] * x[j];
        xax += x[i] * t;
    }
    return logs - xax * mixing(bx);
}

/* The sweep back, worked out by hand; a need not be symmetric. */
void energy_gradient(int n, const double *a, const double *b, const double *x, double *g) {
    const double up = 1 + sqrt(2), down = 1 - sqrt(2), root = sqrt(8);
    double bx = 0, xax = 0;
    for (int i = 0; i < n; i++) bx += b[i] * x[i];
    double m = mixing(bx);
    for (int i = 0; i < n; i++) g[i] = 1 / x[i];
    for (int i = 0; i < n; i++) {
        double t = 0, w = m * x[i];
        for (int j = 0; j < n; j++) {
            t += a[i * n + j] * x[j];
            g[j] -= w * a[i * n + j];
        }
        xax += x[i] * t;
        g[i] -= m * t;
    }
    double slope = (up / (1 + up * bx) - down / (1 + down * bx)) / (root * bx) - m / bx;
    double w = n / (1 - bx) - xax * slope;
    for (int i = 0; i < n; i++) g[i] += w * b[i];
}
