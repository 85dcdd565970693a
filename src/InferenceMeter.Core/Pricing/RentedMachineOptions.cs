namespace InferenceMeter.Pricing;

/// <summary>A machine of a cloud, as far as the user names it.</summary>
internal sealed record RentedMachineOptions
{
    /// <summary>
    /// <c>aws</c>, <c>azure</c>, <c>gcp</c>, or a GPU cloud; <see langword="null"/>: any that has it.
    /// </summary>
    public string? Cloud { get; init; }

    /// <summary>The cloud's name of the machine; needed unless the machine is detected.</summary>
    public string? Instance { get; init; }

    /// <summary>The cloud's region; <see langword="null"/> where the price is the same in all.</summary>
    public string? Region { get; init; }

    /// <summary>How it is bought; <see langword="null"/>: on demand, or what the cloud says of it.</summary>
    public PurchaseOption? Purchase { get; init; }

    /// <summary>
    /// GPUs that are paid for, 1 or more; <see langword="null"/>: as many as the price file's row has.
    /// </summary>
    public int? GpusPaid { get; init; }
}
