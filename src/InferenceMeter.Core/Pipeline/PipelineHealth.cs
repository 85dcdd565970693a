using System.Collections.Concurrent;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>Health of all instances together, and what happened to them that a user should know.</summary>
public sealed class PipelineHealth
{
    private const int MaxNotes = 20;

    private readonly ConcurrentQueue<string> _notes = [];
    private int _batchLimit = int.MaxValue;

    /// <param name="devices">Labels of the devices.</param>
    /// <param name="instances">Of each device.</param>
    internal PipelineHealth(IReadOnlyList<string> devices, int instances)
    {
        Devices = devices;
        Instances =
        [
            .. from device in Enumerable.Range(0, devices.Count)
            from _ in Enumerable.Range(0, instances)
            select new InstanceHealth(device),
        ];
    }

    /// <summary>Labels of the devices.</summary>
    public IReadOnlyList<string> Devices { get; }

    /// <summary>Those of the first device, then those of the second, ...</summary>
    public IReadOnlyList<InstanceHealth> Instances { get; }

    /// <summary>Why inference is broken: every instance is; <see langword="null"/> while at least one works.</summary>
    public string? Broken => Instances.All(i => i.Broken is not null) ? Instances[0].Broken : null;

    /// <summary>Every instance has stopped for good: its device is gone.</summary>
    public bool Lost => Instances.All(i => i.Lost);

    /// <summary>Sessions that had to be re-created so far.</summary>
    public int Recreations => Instances.Sum(i => i.Recreations);

    /// <summary>
    /// Most images of a batch since a device ran out of memory; <see langword="null"/> when none did.
    /// </summary>
    public int? BatchLimit => Volatile.Read(ref _batchLimit) is < int.MaxValue and var limit ? limit : null;

    /// <summary>One line for each event of that kind, oldest first; the last 20.</summary>
    public IReadOnlyList<string> Notes => [.. _notes];

    /// <summary>A device ran out of memory.</summary>
    /// <returns>Whether that makes batches smaller than they were.</returns>
    internal bool LimitBatches(int device, int images, int before)
    {
        for (var current = Volatile.Read(ref _batchLimit); images < current; current = Volatile.Read(ref _batchLimit))
        {
            if (Interlocked.CompareExchange(ref _batchLimit, images, current) != current)
                continue;
            Note(
                $"{Devices[device]}: out of memory with batches of {Math.Min(before, current)} images; "
                    + $"goes on with {images}"
            );
            return true;
        }

        return false;
    }

    internal void Lose(InstanceHealth instance, InferenceException reason)
    {
        lock (_notes)
        {
            instance.Lose(reason);
            // Said once a device, by the last of its instances.
            if (Instances.Where(other => other.Device == instance.Device).All(other => other.Lost))
                Note($"{Devices[instance.Device]} is lost: {reason.Message}");
        }
    }

    internal void Note(string line)
    {
        _notes.Enqueue(line);
        while (_notes.Count > MaxNotes)
            _notes.TryDequeue(out _);
    }
}
