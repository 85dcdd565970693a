using System.Threading.Channels;
using InferenceMeter.Images.Archives;

namespace InferenceMeter.Images.Stores;

/// <summary>
/// Reads images ahead of who asks for them: one task lists, several read, and a bounded number of images and bytes
/// waits to be taken. What is lost while it repeats is looked for again, ever more slowly.
/// </summary>
internal sealed class ImageFetcher : IAsyncDisposable
{
    /// <summary>
    /// Images that wait to be taken, for each fetcher and at least: enough for a moment without
    /// answers.
    /// </summary>
    private const int ReadyOfEach = 8;
    private const int LeastReady = 16;

    /// <summary>Row groups that are held at the same time; a larger one is held alone.</summary>
    private const long ArchiveBytes = 256 * 1024 * 1024;

    private readonly ReadingOptions _options;
    private readonly UnitLister _lister;
    private readonly FetchHealth _health;
    private readonly int _fetchers;
    private readonly ByteBudget _budget;
    private readonly ByteBudget _archiveBudget = new(ArchiveBytes);
    private readonly Channel<ListedUnit> _units;
    private readonly Channel<ReadyImage> _ready;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _listing;
    private readonly ArchiveRemarks _remarks = new();
    private readonly List<ListedPass> _passes = [];
    private readonly Lock _gate = new();
    private Exception? _failure;
    private long _imagesOfAPass = -1;
    private Task _running = Task.CompletedTask;

    /// <param name="lister">Lists what is read.</param>
    /// <param name="health">Tells a loss from a failure.</param>
    /// <param name="fetchers">Units read at the same time.</param>
    /// <param name="options">How they are read.</param>
    public ImageFetcher(UnitLister lister, FetchHealth health, int fetchers, ReadingOptions options)
    {
        _lister = lister;
        _health = health;
        _fetchers = fetchers;
        _options = options;
        _budget = new ByteBudget(options.PrefetchBytes);
        _listing = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        _units = Channel.CreateBounded<ListedUnit>(2 * fetchers);
        _ready = Channel.CreateBounded<ReadyImage>(
            new BoundedChannelOptions(Math.Max(LeastReady, ReadyOfEach * fetchers)) { SingleReader = true }
        );
    }

    /// <summary>
    /// Images that are read; complete after the last one, with an <see cref="ImageSourceException"/> when they were
    /// lost before it.
    /// </summary>
    public ChannelReader<ReadyImage> Ready => _ready.Reader;

    /// <summary>
    /// Archives that could not be read whole, in one line; <see langword="null"/> when there are
    /// none.
    /// </summary>
    public string? Remark => _remarks.ToString();

    /// <summary>Images of the first pass; <see langword="null"/> until it is read to its end.</summary>
    public long? ImagesOfAPass => Interlocked.Read(ref _imagesOfAPass) is >= 0 and var images ? images : null;

    /// <summary>Begins to list and to read.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>An image of <see cref="Ready"/> was taken: the next ones have its room.</summary>
    public void Taken(in ReadyImage image) => _budget.Return(image.HeldBytes);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        while (_ready.Reader.TryRead(out var left))
            left.Image.Release();
        foreach (var pass in _passes)
            pass.Dispose();
        _listing.Dispose();
        _stop.Dispose();
    }

    private bool HasFailed => Volatile.Read(ref _failure) is not null;

    private async Task RunAsync()
    {
        Task[] fetchers = [.. Enumerable.Range(0, _fetchers).Select(_ => Task.Run(() => Guard(FetchAsync)))];
        await Guard(ListAsync);
        _units.Writer.TryComplete();
        await Task.WhenAll(fetchers);
        var pass = _passes[^1];
        if (_failure is null && !_stop.IsCancellationRequested && pass.IsRead)
        {
            Interlocked.Exchange(ref _imagesOfAPass, pass.Images);
            _failure = NothingIn(pass);
        }

        _ready.Writer.TryComplete(_failure);
    }

    /// <summary>After the first failure of any task nothing new is begun; what was begun is read to its end.</summary>
    private async Task Guard(Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (OperationCanceledException) when (_listing.IsCancellationRequested)
        {
            // Stopped, by its owner or by a failure elsewhere.
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            await _listing.CancelAsync();
        }
    }

    private async Task ListAsync()
    {
        var (number, anew) = (0, false);
        while (true)
        {
            var pass = Begin(number);
            if (await ListAsync(pass, anew))
            {
                anew = false;
                number++;
                if (!_options.Repeat || (pass.Units == 0 && number == 1))
                    return;
                if (pass.Units > 0)
                    continue;
                Lose($"{_lister.Current} holds no image any more");
            }

            await _health.WaitAsync(_listing.Token);
            anew = true;
        }
    }

    /// <summary>Whether the pass was listed to its end.</summary>
    private async Task<bool> ListAsync(ListedPass pass, bool anew)
    {
        try
        {
            await foreach (var unit in _lister.ListAsync(pass, anew, pass.Over))
                await _units.Writer.WriteAsync(unit, pass.Over);
            pass.Read();
            return !pass.IsOver;
        }
        catch (StoreException failure)
        {
            Lose($"{_lister.Current} cannot be listed: {failure.Message}");
            return false;
        }
        catch (OperationCanceledException) when (pass.IsOver && !_listing.IsCancellationRequested)
        {
            return false;
        }
    }

    private ListedPass Begin(int number)
    {
        lock (_gate)
        {
            foreach (var done in _passes.Where(pass => pass.IsRead || pass.IsOver).ToArray())
            {
                if (done is { Number: 0, IsRead: true })
                    Interlocked.Exchange(ref _imagesOfAPass, done.Images);
                if (done.IsRead && NothingIn(done) is { } nothing)
                    throw nothing;
                _passes.Remove(done);
                done.Dispose();
            }

            var next = new ListedPass(number, _listing.Token);
            _passes.Add(next);
            return next;
        }
    }

    /// <summary>
    /// Archives may turn out to hold nothing; to read them again and again would give nothing
    /// either.
    /// </summary>
    private ImageSourceException? NothingIn(ListedPass pass) =>
        pass is { Images: 0, Units: > 0 } && _options is { Shard: null, Exclude.Count: 0 }
            ? ImageSourceException.ForImages(
                $"{_lister.Current} holds no image{(Remark is { } remark ? $": {remark}" : "")}; give another"
            )
            : null;

    private async Task FetchAsync()
    {
        await foreach (var unit in _units.Reader.ReadAllAsync(_stop.Token))
        {
            if (unit.Pass.IsOver || HasFailed)
                continue;
            if (await FindFailureAsync(unit) is { } failure)
                await HandOnAsync(unit, FetchedImage.Failed(unit.Item.Name, failure.ImageFailure), held: 0);
            unit.Pass.Read();
        }
    }

    /// <summary>Reads a unit.</summary>
    /// <returns>
    /// Why it could not be read, though its location is well; <see langword="null"/> when it was, or when all are lost.
    /// </returns>
    private async ValueTask<StoreException?> FindFailureAsync(ListedUnit unit)
    {
        var reader = ArchiveFormats.ReaderOf(unit.Item.Key);
        for (var tried = false; ; tried = true)
        {
            try
            {
                await (reader is null ? FetchImageAsync(unit) : FetchArchiveAsync(unit, reader));
                return null;
            }
            catch (StoreException failure)
            {
                var isOutage = failure.Fault == StoreFault.Unavailable;
                // An archive cannot be begun again: its first images are handed on. Later they are known.
                if (isOutage && reader is not null)
                    Lose($"{unit.Item.Name} cannot be read any more: {failure.Message}");
                else if (!await IsFailedAloneAsync(unit, failure, isTriedAgain: isOutage && !tried))
                    return null;
                // All were lost while this one was tried: it is read when they are back, or by a later run.
                if (HasFailed || (isOutage && unit.Pass.IsOver))
                    return null;
                // The store is back: it was down for all, and no fault of this one.
                if (!isOutage || tried)
                    return failure;
            }
        }
    }

    private async Task FetchImageAsync(ListedUnit unit)
    {
        var item = unit.Item;
        var held = Math.Min(item.Size ?? 0, _options.MaxEncodedBytes);
        await _budget.TakeAsync(held, _stop.Token);
        FetchedImage image;
        try
        {
            image = await item.Store.ReadAsync(item, _options.MaxEncodedBytes, _stop.Token);
        }
        catch
        {
            _budget.Return(held);
            throw;
        }

        if (item.Size is null)
        {
            held = image.Length;
            await _budget.TakeAsync(held, _stop.Token);
        }

        _health.Succeeded();
        await HandOnAsync(unit, image, held);
    }

    private async Task FetchArchiveAsync(ListedUnit unit, IArchiveReader reader)
    {
        var options = new ArchiveOptions
        {
            MaxEncodedBytes = _options.MaxEncodedBytes,
            Budget = _archiveBudget,
            Part = unit.Part,
            IsWanted = _lister.IsWanted,
        };
        try
        {
            await foreach (var image in reader.ReadAsync(unit.Item, options, _stop.Token))
            {
                if (unit.Pass.IsOver || HasFailed)
                {
                    image.Release();
                    return;
                }

                await _budget.TakeAsync(image.Length, _stop.Token);
                _health.Succeeded();
                await HandOnAsync(unit, image, image.Length);
            }
        }
        catch (ArchiveException broken)
        {
            _remarks.Add(broken.Message);
            if (broken.Failure == ImageFailure.None)
                return;
            // Nobody knows how many images are missing: the archive counts as one. Not twice, when an earlier run said
            // so already.
            if (_lister.IsWanted(unit.Item.Name))
                await HandOnAsync(unit, FetchedImage.Failed(unit.Item.Name, broken.Failure), held: 0);
        }
    }

    private async Task HandOnAsync(ListedUnit unit, FetchedImage image, long held)
    {
        unit.Pass.HandedOn();
        unit.Item.Store.Traffic.HandedOn();
        await _ready.Writer.WriteAsync(new ReadyImage(image, held), _stop.Token);
    }

    /// <summary>Whether only this image could not be read; else all are lost, and nobody looked for this one.</summary>
    private async ValueTask<bool> IsFailedAloneAsync(ListedUnit unit, StoreException failure, bool isTriedAgain)
    {
        // Before the first image was read, all of a first pass may be missing; the pipeline judges that.
        var isOutage = failure.Fault is StoreFault.Unavailable or StoreFault.Credentials;
        var mayBeLost = isOutage || !_options.Repeat || _health.EverRead;
        if (mayBeLost && await unit.Location.FindLossAsync(failure, _stop.Token) is { } loss)
        {
            Lose($"{unit.Location.Name} {loss}");
            return false;
        }

        if (isTriedAgain)
            return true;
        _health.Failed();
        if (!_health.AllAreLost || !(_options.Repeat ? mayBeLost : isOutage))
            return true;
        Lose($"the last {_health.InARow:#,0} images could not be read: {failure.Message}");
        // Of images that are answered once this one is left for a later run.
        return _options.Repeat;
    }

    /// <exception cref="ImageSourceException">The images are read once: they end here.</exception>
    private void Lose(string what)
    {
        if (!_options.Repeat)
            throw new ImageSourceException(
                $"{what}; the images answered so far are whole, go on from there by resuming"
            )
            {
                Subject = Errors.ErrorSubject.Images,
                WasLost = true,
            };
        _health.Trouble = $"{what}; it is tried again";
        lock (_gate)
        {
            foreach (var pass in _passes)
                pass.End();
        }
    }
}
