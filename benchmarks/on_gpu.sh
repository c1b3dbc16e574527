#!/usr/bin/env bash
# All GPU checks of the project: about 5 minutes on one H100, 8 at most. Run it in the repository's root.
#
# Needs python3 (3.12) with torch, triton and numpy, and no network. What else is needed comes as wheels from $WHEELS (default
# .whl/), which this fetches on a machine that has a network:
#
#   python3 -m pip download --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
#     --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 -d .whl \
#     fonttools langcodes msgpack wordfreq pytest pluggy iniconfig packaging pygments
#
# Prints a line for each part and fails if any part does; a part that fails does not stop the others.
set -u
wheels=${WHEELS:-.whl}
site=$(mktemp -d)
if compgen -G "$wheels/*.whl" >/dev/null; then
    python3 -m pip install -q --no-index --no-deps --no-compile --target "$site" "$wheels"/*.whl || exit 2
fi
export PYTHONPATH="$PWD:$site" PYTHONUNBUFFERED=1
unset TRITON_INTERPRET
python3 -c 'import torch; assert torch.cuda.is_available(), "no GPU here"' || exit 2
failed=0
began=$SECONDS

part() { # NAME SECONDS COMMAND...
    local name=$1 limit=$2 start=$SECONDS
    shift 2
    if timeout "$limit" "$@"; then echo "PASS $name ($((SECONDS - start)) s)"; else
        echo "FAIL $name ($((SECONDS - start)) s)"
        failed=1
    fi
}

pytest=(python3 -m pytest -q -c /dev/null --rootdir "$PWD" --noconftest --import-mode=importlib -p no:cacheprovider --tb=short -rs)
part "kernels = reference" 150 "${pytest[@]}" tests/tlpo_guard/guard/test_fused.py
part "guard, sampler, rewind and late events on the GPU, without waiting" 120 "${pytest[@]}" tests/tlpo_guard/generation/test_on_gpu.py
part "cost" 200 python3 -m benchmarks.gpu_guard
echo "all parts: $((SECONDS - began)) s of 480"
exit $failed
