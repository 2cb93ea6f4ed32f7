/* A libcuda.so.1 without a device behind it, with the numbers of an H100. Launches are checked as a device checks them, counted
   and otherwise ignored, so that Triton's own driver and launcher run where there is no GPU. */
#include <stddef.h>
#include <string.h>

#define CALL(name, ...) int name(__VA_ARGS__)

static long launches;

CALL(cuInit, unsigned flags) { return 0; }
CALL(cuDriverGetVersion, int *version) { *version = 13000; return 0; }
CALL(cuDeviceGet, int *device, int ordinal) { *device = ordinal; return 0; }
CALL(cuDeviceGetCount, int *count) { *count = 1; return 0; }
CALL(cuDeviceGetAttribute, int *value, int attribute, int device) {
    switch (attribute) {
    case 8: *value = 49152; break;      /* shared memory of a block */
    case 10: *value = 32; break;        /* threads of a warp */
    case 12: *value = 65536; break;     /* registers of a block */
    case 13: *value = 1980000; break;   /* clock */
    case 16: *value = 132; break;       /* multiprocessors */
    case 36: *value = 2619000; break;   /* clock of the memory */
    case 37: *value = 5120; break;      /* width of its bus */
    case 75: *value = 9; break;         /* compute capability */
    case 76: *value = 0; break;
    case 81: *value = 233472; break;    /* shared memory of a multiprocessor */
    case 97: *value = 232448; break;    /* shared memory of a block that asks for it */
    default: *value = 1024;
    }
    return 0;
}
CALL(cuCtxGetCurrent, void **context) { *context = (void *)1; return 0; }
CALL(cuCtxGetDevice, int *device) { *device = 0; return 0; }
CALL(cuCtxSetCurrent, void *context) { return 0; }
CALL(cuCtxGetLimit, size_t *value, int limit) { *value = 1 << 20; return 0; }
CALL(cuCtxSetLimit, int limit, size_t value) { return 0; }
CALL(cuDevicePrimaryCtxRetain, void **context, int device) { *context = (void *)1; return 0; }
CALL(cuModuleLoadData, void **module, const void *image) { *module = (void *)2; return 0; }
CALL(cuModuleGetFunction, void **function, void *module, const char *name) { *function = (void *)3; return 0; }
CALL(cuModuleUnload, void *module) { return 0; }
CALL(cuFuncGetAttribute, int *value, int attribute, void *function) {
    *value = attribute == 0 ? 1024 : attribute == 4 ? 64 : 0;
    return 0;
}
CALL(cuFuncSetAttribute, void *function, int attribute, int value) { return 0; }
CALL(cuFuncSetCacheConfig, void *function, int config) { return 0; }
CALL(cuGetErrorString, int error, const char **text) { *text = "the stand-in refuses this launch"; return 0; }
CALL(cuOccupancyMaxActiveClusters, int *count, void *function, const void *config) { *count = 1; return 0; }
CALL(cuPointerGetAttribute, void *value, int attribute, unsigned long long pointer) {
    *(unsigned long long *)value = pointer;
    return 0;
}
CALL(cuPointerGetAttributes, unsigned count, int *attributes, void **values, unsigned long long pointer) {
    for (unsigned i = 0; i < count; i++) *(unsigned long long *)values[i] = pointer;
    return 0;
}
CALL(cuStreamIsCapturing, void *stream, int *status) { *status = 0; return 0; }
CALL(cuTensorMapEncodeTiled, void *map) { return 0; }
CALL(cuTensorMapEncodeIm2col, void *map) { return 0; }
/* config: grid x y z, block x y z, bytes of shared memory */
CALL(cuLaunchKernelEx, const unsigned *config, void *function, void **arguments, void **extra) {
    if (!config[0] || !config[1] || !config[2] || config[0] > 2147483647u || config[1] > 65535 || config[2] > 65535) return 1;
    if (config[3] * config[4] * config[5] > 1024 || config[6] > 232448) return 1;
    launches++;
    return 0;
}

long fake_launches(void) { return launches; }
