namespace InferenceMeter.Models.Quantization;

/// <summary>
/// What calibration has seen of one value: how often which size. Its range grows with the values; memory is fixed. Not
/// thread-safe.
/// </summary>
internal sealed class ActivationHistogram
{
    // On each side of 0. Doubling the range joins bins in pairs, so the resolution stays within a factor of two of
    // 1/2048 of the range.
    private const int HalfBins = 4096;

    private readonly long[] _bins = new long[2 * HalfBins];
    private double _reach;
    private float _min;
    private float _max;

    /// <summary>Values seen.</summary>
    public long Count { get; private set; }

    /// <summary>Adds values; those that are no number or infinite are an error of the model.</summary>
    /// <exception cref="ModelException">One is not finite.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        var (min, max) = (_min, _max);
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                throw new ModelException(
                    "a value of the model is infinite or no number on the calibration images, so it has no range"
                );
            if (value < min)
                min = value;
            if (value > max)
                max = value;
        }

        (_min, _max) = (min, max);
        Reach(Math.Max(-(double)min, max));
        Count += values.Length;
        if (_reach == 0)
            return;
        var (bins, scale) = (_bins, HalfBins / _reach);
        foreach (var value in values)
            bins[Math.Clamp((int)Math.Floor(value * scale) + HalfBins, 0, (2 * HalfBins) - 1)]++;
    }

    /// <summary>The range that quantisation is to keep.</summary>
    public ActivationRange Range(QuantizationOptions options) =>
        _reach == 0
            ? default
            : options.Method switch
            {
                CalibrationMethod.MinMax => new ActivationRange(_min, _max),
                CalibrationMethod.Percentile => Percentile(options.Percentile / 100),
                _ => Entropy(options.Symmetric),
            };

    private void Reach(double magnitude)
    {
        if (magnitude <= _reach)
            return;
        if (_reach == 0)
        {
            _reach = magnitude;
            // What was all zero until now stands at zero, whatever the reach.
            _bins[HalfBins] = Count;
            return;
        }

        for (; _reach < magnitude; _reach *= 2)
        {
            // From the middle outwards, each two bins become one.
            for (var i = 0; i < HalfBins / 2; i++)
            {
                _bins[HalfBins + i] = _bins[HalfBins + (2 * i)] + _bins[HalfBins + (2 * i) + 1];
                _bins[HalfBins - 1 - i] = _bins[HalfBins - 1 - (2 * i)] + _bins[HalfBins - 2 - (2 * i)];
            }

            Array.Clear(_bins, HalfBins + (HalfBins / 2), HalfBins / 2);
            Array.Clear(_bins, 0, HalfBins / 2);
        }
    }

    private ActivationRange Percentile(double inside)
    {
        // All of what is left out is at the top of a value that is never negative.
        var tail = (1 - inside) * Count * (_min < 0 && _max > 0 ? 0.5 : 1);
        return new ActivationRange(
            _min < 0 ? Math.Max(_min, (float)-Bound(tail, HalfBins - 1, -1)) : 0,
            _max > 0 ? Math.Min(_max, (float)Bound(tail, HalfBins, 1)) : 0
        );
    }

    /// <summary>Distance from 0 on one side beyond which at most <paramref name="tail"/> values are.</summary>
    private double Bound(double tail, int first, int step)
    {
        var beyond = 0L;
        for (var i = HalfBins - 1; i >= 0; i--)
        {
            beyond += _bins[first + (step * i)];
            if (beyond > tail)
                return (i + 1) * _reach / HalfBins;
        }

        return _reach / HalfBins;
    }

    private ActivationRange Entropy(bool symmetric)
    {
        // Sizes only: the sign does not change how much is lost by clipping.
        var sizes = new double[HalfBins];
        for (var i = 0; i < HalfBins; i++)
            sizes[i] = _bins[HalfBins + i] + _bins[HalfBins - 1 - i];
        // Zeros are exact whatever the range; a ReLU's many would hide all else.
        sizes[0] = sizes[1];
        var bound = (float)(EntropyBound.Find(sizes, levels: _min < 0 || symmetric ? 128 : 256) * _reach / HalfBins);
        return new ActivationRange(Math.Max(_min, -bound), Math.Min(_max, bound));
    }
}
