using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// Resize and centre crop in one pass over the source rows: each row is filtered horizontally for the kept columns
/// only, then added to the few output rows that it is part of. An output row is written as soon as its last source row
/// has come, so a decoder can hand over rows as it makes them and the picture never exists as a whole.
/// </summary>
internal sealed class ResizeCropKernel
{
    private readonly Dictionary<(SourceGeometry, CropGeometry), ResizeCropPlan> _plans = [];
    private float[] _pixels = [];
    private float[] _row = [];
    private float[] _sums = [];
    private ResizeCropPlan _plan = null!;
    private int _open;

    /// <summary>
    /// Plans kept: photo collections have few sizes, and an endless variety must not fill the memory.
    /// </summary>
    private const int MaxPlans = 64;

    /// <summary>Begins an image.</summary>
    /// <param name="source">The pixels that come.</param>
    /// <param name="crop">Crop in the frame of the source.</param>
    public ResizeCropPlan Begin(SourceGeometry source, CropGeometry crop)
    {
        if (!_plans.TryGetValue((source, crop), out _plan!))
        {
            if (_plans.Count >= MaxPlans)
                _plans.Clear();
            _plans.Add((source, crop), _plan = new ResizeCropPlan(source, crop));
        }

        // Two pixels more: the last pair of an output may reach beyond the row, with weight 0.
        Grow(ref _pixels, (_plan.EndColumn - _plan.FirstColumn + (2 * _plan.Pairs)) * 4);
        Grow(ref _row, crop.Width * 4);
        Grow(ref _sums, crop.Width * 4 * _plan.Overlap);
        Array.Clear(_sums, 0, crop.Width * 4 * _plan.Overlap);
        _open = 0;
        return _plan;
    }

    /// <summary>Takes source row <paramref name="y"/>; rows come in order from FirstRow to EndRow - 1.</summary>
    /// <param name="y">Row in the source.</param>
    /// <param name="rgba">uint8 RGBA pixels from column FirstColumn to EndColumn - 1 at least.</param>
    /// <param name="rgb">The whole output: uint8 [crop height, crop width, 3], right way up.</param>
    public void Add(int y, ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        FilterRow(rgba[..((_plan.EndColumn - _plan.FirstColumn) * 4)]);
        var taps = _plan.Vertical;
        for (var output = _open; output < _plan.Crop.Height && taps.Starts[output] <= y; output++)
        {
            if (y >= taps.Ends[output])
                continue;
            Accumulate(Sums(output), taps.Weights[(output * taps.Length) + y - taps.Starts[output]]);
        }

        while (_open < _plan.Crop.Height && taps.Ends[_open] <= y + 1)
        {
            Write(_open, rgb);
            Sums(_open).Clear();
            _open++;
        }
    }

    private Span<float> Sums(int output) =>
        _sums.AsSpan(output % _plan.Overlap * _plan.Crop.Width * 4, _plan.Crop.Width * 4);

    private void FilterRow(ReadOnlySpan<byte> rgba)
    {
        ref var pixels = ref MemoryMarshal.GetArrayDataReference(_pixels);
        ref var source = ref MemoryMarshal.GetReference(rgba);
        var i = 0;
        for (; i <= rgba.Length - 16; i += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref source, (nuint)i));
            var (a, b) = Vector128.Widen(low);
            var (c, d) = Vector128.Widen(high);
            Vector256.ConvertToSingle(Vector256.Create(a, b).AsInt32()).StoreUnsafe(ref pixels, (nuint)i);
            Vector256.ConvertToSingle(Vector256.Create(c, d).AsInt32()).StoreUnsafe(ref pixels, (nuint)i + 8);
        }

        for (; i < rgba.Length; i++)
            _pixels[i] = rgba[i];

        ref var weights = ref MemoryMarshal.GetArrayDataReference(_plan.PairWeights);
        ref var row = ref MemoryMarshal.GetArrayDataReference(_row);
        var (starts, pairs) = (_plan.Starts, _plan.Pairs);
        nuint weight = 0;
        for (var x = 0; x < starts.Length; x++)
        {
            var sum = Vector256<float>.Zero;
            var at = (nuint)starts[x];
            for (var pair = 0; pair < pairs; pair++, at += 8, weight += 8)
                sum = Vector256.FusedMultiplyAdd(
                    Vector256.LoadUnsafe(ref pixels, at),
                    Vector256.LoadUnsafe(ref weights, weight),
                    sum
                );
            (sum.GetLower() + sum.GetUpper()).StoreUnsafe(ref row, (nuint)x * 4);
        }
    }

    private void Accumulate(Span<float> sums, float weight)
    {
        ref var sum = ref MemoryMarshal.GetReference(sums);
        ref var row = ref MemoryMarshal.GetArrayDataReference(_row);
        var factor = Vector256.Create(weight);
        var i = 0;
        for (; i <= sums.Length - 8; i += 8)
            Vector256
                .FusedMultiplyAdd(
                    Vector256.LoadUnsafe(ref row, (nuint)i),
                    factor,
                    Vector256.LoadUnsafe(ref sum, (nuint)i)
                )
                .StoreUnsafe(ref sum, (nuint)i);
        for (; i < sums.Length; i++)
            sums[i] += weight * _row[i];
    }

    private void Write(int y, Span<byte> rgb)
    {
        var sums = Sums(y);
        var crop = _plan.Crop;
        ref var sum = ref MemoryMarshal.GetReference(sums);
        for (var x = 0; x < crop.Width; x++)
        {
            var rounded = Vector128
                .ConvertToInt32(Vector128.LoadUnsafe(ref sum, (nuint)x * 4) + Vector128.Create(0.5f))
                .AsByte();
            // The low bytes of the four channels side by side.
            var packed = Vector128
                .Shuffle(rounded, Vector128.Create((byte)0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
                .AsUInt32()
                .ToScalar();
            var at = crop.Target(x, y) * 3;
            rgb[at] = (byte)packed;
            rgb[at + 1] = (byte)(packed >> 8);
            rgb[at + 2] = (byte)(packed >> 16);
        }
    }

    private static void Grow(ref float[] array, int length)
    {
        if (array.Length < length)
            array = new float[length];
    }
}
