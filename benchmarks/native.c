/* What a person would write in C for the benchmarks of native code: values, dual numbers, a tape. */

#include <stdlib.h>

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
