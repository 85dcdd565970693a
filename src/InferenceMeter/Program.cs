using InferenceMeter.Commands;

return await RootCommandFactory.InvokeAsync(args);
