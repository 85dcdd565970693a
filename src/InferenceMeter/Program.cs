using InferenceMeter.Commands;

return await RootCommandFactory.Create().Parse(args).InvokeAsync(RootCommandFactory.Invocation);
